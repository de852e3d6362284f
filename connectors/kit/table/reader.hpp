#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/kit/table/drift.hpp"
#include "connectors/kit/table/facts.hpp"
#include "connectors/kit/table/selection.hpp"
#include "connectors/kit/walk/table_walk.hpp"

namespace tributary::table {

/// Rows in the order asked for. Each is an array in the arena with one value per name of the selection's shape; the
/// slots of the includes are left null.
struct Page {
    std::vector<Value*> rows;
    bool full = false;
    std::vector<std::shared_ptr<const Shape>> shapes = {};  ///< Of objects inside of the rows.
};

/// Which children to read: those of one include, for the parents of a page.
struct ChildrenRequest {
    std::size_t include = 0;
    const Page& parents;
    std::size_t most_bytes = 0;  ///< Of the arena as a whole; see Children::take.
    bool listed = false;         ///< No more of their columns than a listing of keys reads, as of `parents`.

    std::span<const std::string> columns_of(const Selection& child) const {
        return std::span(child.columns).first(listed ? child.listed : child.columns.size());
    }
};

/// Child rows of a page, ordered by parent and key.
struct Children {
    std::shared_ptr<const Shape> shape;
    std::size_t listed = 0;  ///< Selection::listed of theirs.
    std::vector<const Value*> rows = {};
    std::vector<std::uint32_t> parents = {};  ///< Index of each row's parent in the page.
    std::size_t complete = SIZE_MAX;          ///< So many of the page's first parents have all their children here.
    std::vector<std::shared_ptr<const Shape>> shapes = {};  ///< As those of a page.

    /// Adds a row. False: the arena holds enough, nothing more is wanted; the children end with the last whole parent.
    /// The first parent is always whole, whatever its size.
    bool take(std::uint32_t parent, const Value* row, bool enough);
};

/// How a reader comes by a connection when all of its source are taken: it waits its turn, or does without, which is
/// `no_spare`.
enum class Turn : std::uint8_t { waits, spare };

/// One stream's access to its database: everything that differs between dialects. Used by one thread at a time.
/// After a failed call, and after `leave`, the next one starts from `open`, which connects again if need be. Calls that
/// wait return within a second of `stop`.
class TableReader {
  public:
    virtual ~TableReader() = default;

    /// Connects and learns the columns; costs nothing when that is done.
    virtual Result<void> open(std::stop_token stop) = 0;
    /// After `open`.
    virtual const Selection& selection() const = 0;

    /// After `open`. The place of a column in the selection of the rows (SqlWriter::own) or of an include's children,
    /// where a page can be asked for rows by values of its type; nothing: there is none, or its type's values do not
    /// compare as their canonical texts do.
    virtual std::optional<std::size_t> sought_by(std::size_t whose, const std::string& column) const = 0;

    /// Must have ended before `begin` or `page` takes its snapshot. Adds what an operator has to know.
    virtual Result<walk::Look> look(std::vector<Condition>& conditions, std::stop_token stop) = 0;
    /// Rows in the table, roughly; 0: unknown.
    virtual Result<std::int64_t> estimate(std::stop_token stop) = 0;

    /// Between `begin` and `end` all reads see one snapshot.
    virtual Result<void> begin(std::stop_token stop) = 0;
    virtual Result<Page> page(const walk::PageRequest& request, const Feed::Limits& limits, Arena& arena,
                              std::stop_token stop) = 0;
    /// The same page for a listing of keys: values behind Selection::listed may be missing. Overridden where it is
    /// cheaper. Its children can be read as those of `page`.
    virtual Result<Page> keys(const walk::PageRequest& request, const Feed::Limits& limits, Arena& arena,
                              std::stop_token stop) {
        return page(request, limits, arena, std::move(stop));
    }
    /// Adds rows by Children::take, until it wants no more.
    virtual Result<Children> children(const ChildrenRequest& request, Arena& arena, std::stop_token stop) = 0;
    virtual Result<void> end(std::stop_token stop) = 0;

    /// When a watermark's value says the row changed; `no_time` when it does not tell an instant.
    virtual std::int64_t time_of(const Value& watermark) = 0;
    /// Changes whenever somebody commits; nothing where the database has no such counter.
    virtual Result<std::optional<std::int64_t>> commits() { return std::nullopt; }

    /// All columns there are now, of the definition's own table or of that include; none where the table is gone.
    virtual Result<std::vector<ColumnType>> columns(std::optional<std::size_t> include, std::stop_token stop) = 0;

    /// Gives back what other streams of the source may use meanwhile.
    virtual void leave() {}
    /// How long the last `open` waited for its turn at the source, and for a connection.
    virtual std::chrono::microseconds waited() const { return {}; }

    /// Needs no `open`.
    virtual Result<Facts> facts(const Definition& definition, std::stop_token stop) = 0;
    virtual Result<Facts> facts(const Include& include, std::stop_token stop) = 0;
};

/// A call of a feed: at its end the reader leaves.
class Visit {
  public:
    explicit Visit(TableReader& reader) : reader_(reader) {}
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    ~Visit() { reader_.leave(); }

  private:
    TableReader& reader_;
};

}  // namespace tributary::table
