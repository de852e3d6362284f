#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "connectors/kit/api/reader.hpp"
#include "connectors/kit/http/connection.hpp"
#include "connectors/kit/http/json_decoder.hpp"
#include "connectors/kit/walk/version_memory.hpp"
#include "connectors/odata/request.hpp"
#include "connectors/odata/rows.hpp"
#include "connectors/odata/services.hpp"
#include "connectors/odata/snapshot.hpp"

namespace tributary::odata {

/// A limit that is none.
constexpr std::size_t most_of_all = SIZE_MAX / 2;

/// What a stream's own options say, beside its definition.
struct StreamOptions {
    std::size_t page = 1'000;                    ///< Most rows of one request.
    std::vector<std::string> also_changed = {};  ///< More properties that show a change.
    bool whole = false;                          ///< Everything in one answer: its keys cannot be compared.
    bool delta_links = false;                    ///< The service tells what changed.
};

/// Reads one stream of a service. What a poll asks for depends on the watermark: a property that holds times bounds it;
/// any other is a version token, so that keys and tokens are listed and rows are read whose token is another.
class ODataReader : public api::ApiReader {
  public:
    ODataReader(std::shared_ptr<Services> services, table::Definition definition, StreamOptions options);

    Result<void> open(std::stop_token stop) override;
    Result<walk::Look> look(std::vector<Condition>& conditions, std::stop_token stop) override;
    Result<std::int64_t> estimate(std::stop_token stop) override;
    Result<table::Page> page(const walk::PageRequest& request, const Feed::Limits& limits, Arena& arena,
                             std::stop_token stop) override;
    std::int64_t time_of(const Value& watermark) override;

  protected:
    Result<api::Metadata> describe(const std::string& object, std::stop_token stop) override;
    Result<api::Answer> ask(const api::Question& question, const Feed::Limits& limits, Arena& arena,
                            std::stop_token stop) override;
    bool searchable(const api::Field& field) const override;
    std::size_t most_rows() const override { return most_rows_; }
    std::string_view noun() const override { return "entity set"; }
    std::string_view remedy() const override { return "allow its service to the user"; }

  private:
    bool is_function() const { return path_.set.contains('('); }
    std::ptrdiff_t listed_columns() const { return static_cast<std::ptrdiff_t>(selection().listed); }
    Result<void> learn(std::stop_token stop);
    Result<api::Answer> asked(const api::Question& question, const Feed::Limits& limits, Arena& arena,
                              std::stop_token stop);
    Result<api::Answer> ask_snapshot(const api::Question& question, const Feed::Limits& limits, Arena& arena,
                                     std::stop_token stop);
    RowReader& reader_of(std::span<const Wanted> wanted);
    /// Adds the rows at `target`, with `follow` those of the pages behind it as well. True: the server has more of
    /// them.
    Result<bool> read_answer(std::string target, bool follow, const Feed::Limits& limits, RowReader& rows,
                             api::Answer& answer, Arena& arena, std::stop_token stop);
    Result<std::string> read_page(const http::Answer& opened, const Feed::Limits& limits, std::vector<Value>& rows,
                                  Arena& arena, bool& cut, std::stop_token stop);
    Result<void> complete(std::vector<CutList> cut, const http::Url& from, RowReader& rows, Arena& arena,
                          std::stop_token stop);
    Result<table::Page> changed_page(const walk::PageRequest& request, const Feed::Limits& limits, Arena& arena,
                                     std::stop_token stop);
    Result<bool> list_changed(std::vector<walk::Mark>& after, std::size_t most,
                              std::vector<std::vector<std::string>>& changed, std::stop_token stop);
    void remember(const table::Page& page);
    Result<void> check_progress(const api::Question& question, const api::Answer& answer) const;
    void adapt(std::size_t rows, bool cut, std::size_t bytes, const Feed::Limits& limits);

    std::shared_ptr<Services> services_;
    StreamOptions options_;
    SetPath path_;
    http::Connection connection_;
    http::JsonDecoder decoder_;
    std::shared_ptr<const Model> model_;
    Subject subject_;
    std::optional<table::LocalTime> zone_;
    std::vector<std::unique_ptr<RowReader>> readers_;  ///< Of this model, by what rows have in them.
    std::size_t most_rows_;
    std::size_t largest_ = 0;  ///< Page that came without a link to more.
    bool learned_ = false;
    bool listing_ = false;   ///< Keys and versions are asked for, nothing else.
    bool versions_ = false;  ///< The watermark tells versions.
    walk::VersionMemory memory_;
    Snapshot snapshot_;
};

}  // namespace tributary::odata
