#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/kit/api/clock.hpp"
#include "connectors/kit/api/picker.hpp"
#include "connectors/kit/api/question.hpp"
#include "connectors/kit/table/local_time.hpp"
#include "connectors/kit/table/reader.hpp"

namespace tributary::api {

/// A stream's access to an API over HTTP, as a TableReader: what the APIs have in common. A connector says how its
/// metadata and its rows are asked for; see README.md. No call is answered from one snapshot with another one: what
/// changes in between is stamped later than the look, so the next poll reads it.
class ApiReader : public table::TableReader {
  public:
    explicit ApiReader(table::Definition definition);

    Result<void> open(std::stop_token stop) override;
    const table::Selection& selection() const override { return selection_; }
    std::optional<std::size_t> sought_by(std::size_t whose, const std::string& column) const override;
    Result<walk::Look> look(std::vector<Condition>& conditions, std::stop_token stop) override;
    Result<std::int64_t> estimate(std::stop_token /*stop*/) override { return 0; }
    Result<void> begin(std::stop_token /*stop*/) override { return {}; }
    Result<void> end(std::stop_token /*stop*/) override { return {}; }
    Result<table::Page> page(const walk::PageRequest& request, const Feed::Limits& limits, Arena& arena,
                             std::stop_token stop) override;
    Result<table::Page> keys(const walk::PageRequest& request, const Feed::Limits& limits, Arena& arena,
                             std::stop_token stop) override;
    Result<table::Children> children(const table::ChildrenRequest& request, Arena& arena,
                                     std::stop_token stop) override;
    /// Of an instant, a date, or a wall clock in the stream's time zone (UTC where none is declared).
    std::int64_t time_of(const Value& watermark) override;
    Result<std::vector<table::ColumnType>> columns(std::optional<std::size_t> include, std::stop_token stop) override;
    Result<table::Facts> facts(const table::Definition& definition, std::stop_token stop) override;
    Result<table::Facts> facts(const table::Include& include, std::stop_token stop) override;

  protected:
    /// The metadata of an object. One that is not there, or that this user may not read, is no failure.
    virtual Result<Metadata> describe(const std::string& object, std::stop_token stop) = 0;
    /// Stops early, with `Answer::full`, when the arena holds `limits.bytes`; then it has one row at least.
    virtual Result<Answer> ask(const Question& question, const Feed::Limits& limits, Arena& arena,
                               std::stop_token stop) = 0;
    /// Rows of any order; the fields of `on` hold what the parents' do, spelled as theirs (`Answer::full` counts not).
    virtual Result<Answer> ask_children(const ChildQuestion& question, Arena& arena, std::stop_token stop);

    /// Whether the children of this include come in the rows of `ask`, as lists (or an object) under the include's
    /// `field`. Else they are asked for by `ask_children`.
    virtual bool nested(const table::Include& include) const { return !include.field.empty(); }
    /// Whether rows can be asked for by canonical texts of this field: see TableReader::sought_by.
    virtual bool searchable(const Field& /*field*/) const { return false; }
    /// Most keys that one request may ask for.
    virtual std::size_t most_keys() const { return 200; }
    /// Most parents whose children one request may ask for.
    virtual std::size_t most_parents() const { return most_keys(); }
    /// Most rows of one request, whatever the limits are.
    virtual std::size_t most_rows() const { return 1'000; }
    /// What the source calls an object, and what to do where it is not readable; for messages.
    virtual std::string_view noun() const = 0;
    virtual std::string_view remedy() const = 0;
    /// Why metadata may not tell a field that is there, as `, or …`; empty: it tells them all.
    virtual std::string_view unless() const { return {}; }

    /// To be told the clock of each answer.
    SourceClock& clock() { return clock_; }
    const table::Definition& definition() const { return definition_; }
    /// After `open`. Where the include's children are.
    const std::string& object_of(const table::Include& include) const;
    /// The metadata of an object; asked for once in a while, and after a request was refused.
    Result<const Metadata*> known(const std::string& object, std::stop_token stop);

  private:
    using Steady = std::chrono::steady_clock;
    struct Known {
        Metadata object;
        Steady::time_point asked{};
    };
    Result<void> learn(std::stop_token stop);
    Result<void> learn_include(const Metadata& parent, table::Include& include, std::stop_token stop);
    Result<table::Facts> facts_of(const std::string& object, const std::string& prefix, std::stop_token stop);
    Result<void> add_wall_clocks(const std::string& object, const std::string& prefix, table::Facts& facts,
                                 std::stop_token stop);
    table::Facts no_way(const Metadata& parent, bool is_value) const;
    bool leads_to_include(std::string_view path) const;
    Result<std::string> wrong_path(const std::string& object, std::string_view path, std::stop_token stop);
    std::vector<std::string> fields(bool listed) const;
    void add_child_fields(std::size_t include, bool listed, const std::string& as,
                          std::vector<std::string>& fields) const;
    Result<table::Page> read(const walk::PageRequest& request, bool listed, const Feed::Limits& limits, Arena& arena,
                             std::stop_token stop);
    Result<void> read_part(const Question& question, const Feed::Limits& limits, Arena& arena, table::Page& page,
                           std::stop_token stop);
    Result<void> add_row(const Value& value, Arena& arena, table::Page& page);
    using Families = std::vector<std::vector<Value>>;  ///< For each parent its children.
    Result<Families> nested_families(const table::ChildrenRequest& request) const;
    Result<Families> asked_families(const table::ChildrenRequest& request, Arena& arena, table::Children& children,
                                    std::stop_token stop);

    table::Definition definition_;
    table::Selection selection_;
    std::vector<table::Selection> children_;  ///< Per include.
    std::vector<std::string> child_objects_;  ///< Per include.
    std::map<std::string, Known> objects_;
    SourceClock clock_;
    Picker picker_;
    std::vector<std::vector<Value>> nested_;  ///< Per include, of each row in the page that was read last.
    std::optional<table::LocalTime> zone_;
    bool zone_read_ = false;
};

}  // namespace tributary::api
