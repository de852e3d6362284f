#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "connectors/kit/api/reader.hpp"
#include "connectors/tryton/question.hpp"
#include "connectors/tryton/rpc.hpp"

namespace tributary::tryton {

/// What a stream of a Tryton has beside its definition.
struct StreamOptions {
    Context context;        ///< As configured; the user's preferences fill in the rest.
    std::string locations;  ///< A domain as JSON; empty: the rows are those of the model.
    std::size_t page = 500;
};

/// What a row that is read once for each location has beside the model's fields, in this order.
inline constexpr std::array<std::string_view, 4> location_fields{"location", "location_code", "location_name",
                                                                 "unassigned"};

/// Reads one stream by `search_read`, whose answer holds the rows with all that dotted fields lead to, children among
/// them, as one transaction of Tryton's saw them.
class TrytonReader : public api::ApiReader {
  public:
    TrytonReader(std::shared_ptr<http::Service> service, table::Definition definition, StreamOptions options);

    Result<std::int64_t> estimate(std::stop_token stop) override;

  protected:
    Result<api::Metadata> describe(const std::string& model, std::stop_token stop) override;
    Result<api::Answer> ask(const api::Question& question, const Feed::Limits& limits, Arena& arena,
                            std::stop_token stop) override;
    Result<api::Answer> ask_children(const api::ChildQuestion& question, Arena& arena, std::stop_token stop) override;
    bool searchable(const api::Field& field) const override;
    std::size_t most_rows() const override { return options_.page; }
    std::string_view noun() const override { return "model"; }
    std::string_view remedy() const override {
        return "the user needs a group that may read it (Administration > Models > Models Access)";
    }

    std::string_view unless() const override { return ", or the user may not read what it leads to"; }

  private:
    struct Location {
        std::int64_t id = 0;
        std::string code;
        std::string name;
    };

    Result<void> prefer(std::stop_token stop);
    Result<std::vector<api::Field>> fields_of(const std::string& model, std::stop_token stop);
    Result<bool> may_read(const std::string& model, std::stop_token stop);
    std::vector<std::string> models(std::stop_token stop);
    Result<Search> search_of(const api::Question& question, std::stop_token stop);
    Result<std::vector<Location>> locations(std::int64_t from, std::stop_token stop);
    Result<api::Answer> ask_by_location(const api::Question& question, const Feed::Limits& limits, Arena& arena,
                                        std::stop_token stop);
    Result<void> add_unassigned(const Location& location, Search search, const api::Answer& answer, std::size_t from,
                                Arena& arena, std::stop_token stop);
    Result<void> ask_in(const Location& location, const api::Question& question, const Feed::Limits& limits,
                        Arena& arena, api::Answer& answer, std::stop_token stop);

    StreamOptions options_;
    Rpc rpc_;
    bool preferred_ = false;  ///< The user's preferences are in the context.
    std::string context_;
    std::vector<const api::Metadata*> children_;
    std::unordered_map<std::int64_t, Value> unassigned_;  ///< By the id of a row that was read last.
    std::shared_ptr<const Shape> located_;                ///< Of rows by location.
    std::uint64_t located_from_ = 0;                      ///< Serial of the shape they were made of.
};

}  // namespace tributary::tryton
