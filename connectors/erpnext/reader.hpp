#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "connectors/erpnext/definition.hpp"
#include "connectors/erpnext/site.hpp"
#include "connectors/kit/api/reader.hpp"
#include "connectors/kit/table/local_time.hpp"

namespace tributary::erpnext {

/// Room for what is asked for by name: who cut it off would lose it.
constexpr std::size_t no_limit = std::size_t{1} << 40;

inline std::string text_of(const Value& value) { return value.has_text() ? std::string(value.view()) : std::string(); }

/// What a list is asked for, and what is joined to its rows.
struct Plan {
    struct Column {
        std::size_t asked = 0;       ///< Of a plain column: where in the rows that come in it is.
        const Join* join = nullptr;  ///< Nothing: a plain column.
        std::size_t by = 0;          ///< Of a joined one: the column with the link.
    };
    std::vector<std::string> fields = {};  ///< What comes out: so many of the columns, the others are links.
    std::vector<std::string> asked = {};
    std::vector<Column> columns = {};
    std::vector<std::size_t> joined = {};  ///< Columns, in the order in which they can be filled.
};
/// `joins` outlive the plan. A link may be a joined column itself.
Plan plan_of(std::span<const std::string> fields, const std::vector<Join>& joins);

/// One stream's access to a doctype. Pages go by (`modified`, `name`), exactly as the site stamps, sorts and compares
/// them; loads and listings by `name`.
class DocumentReader : public api::ApiReader {
  public:
    DocumentReader(std::shared_ptr<http::Service> service, Stream stream);

    Result<walk::Look> look(std::vector<Condition>& conditions, std::stop_token stop) override;
    Result<std::int64_t> estimate(std::stop_token stop) override;
    Result<table::Page> keys(const walk::PageRequest& request, const Feed::Limits& limits, Arena& arena,
                             std::stop_token stop) override;
    Result<table::Children> children(const table::ChildrenRequest& request, Arena& arena,
                                     std::stop_token stop) override;
    std::int64_t time_of(const Value& watermark) override;
    /// Not looked at: a site tells what columns there are by a sample alone, and refuses one that is gone.
    Result<std::vector<table::ColumnType>> columns(std::optional<std::size_t>, std::stop_token) override {
        return std::vector<table::ColumnType>();
    }
    Result<table::Facts> facts(const table::Definition& definition, std::stop_token stop) override;
    using api::ApiReader::facts;

  protected:
    Result<api::Metadata> describe(const std::string& object, std::stop_token stop) override;
    Result<api::Answer> ask(const api::Question& question, const Feed::Limits& limits, Arena& arena,
                            std::stop_token stop) override;
    Result<api::Answer> ask_children(const api::ChildQuestion& question, Arena& arena, std::stop_token stop) override;
    bool nested(const table::Include&) const override { return false; }
    std::size_t most_parents() const override { return 500; }
    bool searchable(const api::Field& field) const override;
    std::string_view noun() const override { return "doctype"; }
    std::string_view remedy() const override { return "give the user a role that may read it"; }

  private:
    /// Rows of a list, as a plan wants them.
    struct Rows {
        std::vector<Value*> values;  ///< In the order of Plan::fields.
        std::shared_ptr<const Shape> shape;
        bool all = false;
    };

    Result<void> learn_zone(std::stop_token stop);
    std::string parent_of(const std::string& doctype) const;
    ListQuery query_of(const api::Question& question) const;
    void add_order(const api::Question& question, ListQuery& query) const;
    void add_sought(const walk::Sought& sought, ListQuery& query) const;
    Result<Rows> list(const ListQuery& query, const Plan& plan, const Feed::Limits& limits, Arena& arena,
                      std::stop_token stop);
    Result<void> join(const Plan& plan, std::span<Value* const> rows, Arena& arena, std::stop_token stop);
    Result<void> fill(const Plan& plan, std::span<const std::size_t> columns, std::span<Value* const> rows,
                      Arena& arena, std::stop_token stop);
    Result<void> check_order(const api::Question& question, const Plan& plan, std::span<Value* const> rows) const;
    Result<void> check_hidden(const api::Question& question, const Plan& plan, std::span<Value* const> rows,
                              std::stop_token stop);
    using Stamps = std::unordered_map<std::string, std::string>;  ///< Of documents, by name.
    Result<Stamps> find_moved(const Stamps& stamps, std::stop_token stop);
    Result<void> read_moved(const Stamps& moved, const table::Page& parents, Arena& arena, std::stop_token stop);
    Result<void> replace_children(const table::ChildrenRequest& request, const Stamps& moved, table::Children& children,
                                  Arena& arena, std::stop_token stop);
    ListQuery query_by_name(const Plan& plan, std::span<const std::string> names) const;
    bool wants_targets(const std::string& doctype) const;
    Result<bool> add_described_fields(const std::string& doctype, api::Metadata& metadata, std::stop_token stop);
    void add_own_fields(const std::string& doctype, bool trusting, api::Metadata& metadata) const;
    Result<std::vector<std::string>> site_names(const std::string& doctype, std::stop_token stop);
    Result<void> add_dateless(table::Facts& facts, std::stop_token stop);
    Result<void> add_unjoinable(table::Facts& facts, std::stop_token stop);
    Result<void> add_restricted(table::Facts& facts, std::stop_token stop);

    std::shared_ptr<http::Service> service_;  ///< Feeds may outlive the source.
    Documents documents_;
    std::vector<Join> joins_;
    Site site_;
    std::optional<table::LocalTime> zone_;
    std::string zone_name_;
    struct Listing {
        std::int64_t listed = 0;
        std::int64_t there = 0;
    } listing_;
    std::int64_t hidden_ = 0;  ///< Rows that the last listing did not show.
};

}  // namespace tributary::erpnext
