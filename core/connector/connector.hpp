#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/arena.hpp"
#include "core/model/condition.hpp"
#include "core/model/embedded.hpp"
#include "core/model/result.hpp"
#include "core/model/time.hpp"
#include "core/model/value.hpp"
#include "core/settings/option.hpp"

namespace tributary {

/// Where a feed stands: opaque to the core, versioned JSON of at most 64 KB. Empty means "from the beginning".
struct Position {
    static constexpr std::size_t most_bytes = 64 * 1024;

    std::string json;

    bool empty() const { return json.empty(); }
    bool operator==(const Position&) const = default;
};

enum class Op : std::uint8_t { upsert, remove, truncate };

/// Why a row was read; goes out as `ce_cause`, so that an initial load does not send a million welcome mails.
enum class Cause : std::uint8_t { change, load, reread, repair };

/// Marks of a complete read of a stream, between which whatever was not seen is gone.
enum class Scan : std::uint8_t { none, begin, page, end };

/// One row as the source has it. All views live in the batch's arena.
struct Row {
    std::uint32_t stream = 0;  ///< Index into the feed's streams.
    Op op = Op::upsert;
    std::span<const Value> key;          ///< In the order of the stream's declared key; empty for truncate.
    Object values;                       ///< Columns; an included child table is a list of objects under its name.
    std::int64_t source_time = no_time;  ///< When the source changed it, microseconds UTC.
    std::string_view position;           ///< Of this row in the source (watermark, LSN), for `origin`; may be empty.
};

/// Rows in the order they must be applied, and the position that stands for having applied them.
struct Batch {
    Arena arena;
    std::vector<std::shared_ptr<const Shape>> shapes;  ///< Keeps the rows' shapes alive.
    std::vector<Row> rows;
    Position next;
    bool more = false;  ///< More can be read at once; else the schedule decides.
    Scan scan = Scan::none;
    Cause cause = Cause::change;
    Progress progress;
    std::vector<Condition> conditions;
    std::int64_t read_at = no_time;  ///< Microseconds UTC, by this machine's clock.
    std::int64_t waited = 0;         ///< Microseconds for its turn at the source, before anything was read.
    std::int64_t current_to =
        no_time;  ///< Everything the source committed up to here is in (source clock); lag is measured from it.
};

/// A key of a source, its parts as canonical text (core/model/key_text.hpp), and a token that changes whenever its row
/// does: the Row::position its row has when it is read now. Empty: nothing tells one version from another.
struct KeyVersion {
    std::vector<std::string> key;
    std::string version;
};

/// What rows are searched by: columns as the mapping names them (`child.column` of an included table), and the values
/// that they have together, as canonical texts in the columns' order; any of these will do.
struct Sought {
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> values;
};

/// What `check` found wrong with a stream's definition. `column` names what the place is looked up by.
struct Finding {
    Severity severity = Severity::error;
    /// The column, table or option the finding is about, of a child as `child.column`; empty: the stream as a whole.
    std::string column;
    std::string message;
};

/// Owns one position and carries one or more streams. Used by one thread at a time. Never loops, retries or sleeps by
/// itself: the core owns schedule, retries, backoff, rate and cancellation. A call that waits for the source returns
/// within a second of `stop` (with whatever it has, or `Error{retry, "stopped"}`).
class Feed {
  public:
    virtual ~Feed() = default;

    /// Rows after `after`, at most about `most_rows` rows or `most_bytes` bytes of arena. The position in the batch
    /// must never lie ahead of its rows: reading on from it loses nothing; reading again from `after` is allowed at any
    /// time.
    struct Limits {
        std::size_t rows = 10'000;
        std::size_t bytes = 8 * 1024 * 1024;
        /// Pages of a load may be read before they are asked for: until it ends nothing else delivers rows of its
        /// streams, which would else be followed by older ones.
        bool ahead = false;
    };
    virtual Result<Batch> pull(const Position& after, const Limits& limits, std::stop_token stop) = 0;

    /// Optional; `describe` says what a connector lacks. Keys listed once, in any order that stays the same: `from` is
    /// empty, or the record key (parts joined) of the last one listed. Fewer than `most` are the last ones.
    virtual Result<std::vector<KeyVersion>> keys(std::uint32_t stream, std::string_view from, std::size_t most,
                                                 std::stop_token stop);
    /// The rows of these keys as they are now, in any order; a key without a row is gone. More rows than were asked for
    /// do no harm.
    virtual Result<Batch> fetch(std::uint32_t stream, std::span<const std::vector<std::string>> keys,
                                std::stop_token stop);

    /// The rows that have one of these values in these columns, or a child with them, as they are now: those behind
    /// `after`, which is empty or the `next` of the batch before, whose `more` says whether there are others. What is
    /// written meanwhile is left to `pull`; rows that were not asked for do no harm. A verdict of `stop`: this source
    /// cannot tell by such columns, or holds values that cannot be compared with these texts.
    virtual Result<Batch> search(std::uint32_t stream, const Sought& sought, const Position& after,
                                 const Limits& limits, std::stop_token stop);

    /// The batch that ended at `position` is committed. May repeat, may be missed after a crash.
    virtual void committed(const Position& /*position*/) {}

    /// Compares the stream's definition with the source: tables, rights, indexes, and every column in `columns`.
    virtual Result<std::vector<Finding>> check(std::uint32_t stream, std::span<const std::string> columns,
                                               std::stop_token stop);
};

/// One feed of a source, before it is opened.
struct FeedInfo {
    std::string name;                  ///< Unique in the source; keys the checkpoint, so it must not change.
    std::vector<std::string> streams;  ///< Names; a Row's `stream` is an index into this.
    bool waits_for_news = false;       ///< `pull` blocks until something comes: the feed gets a thread of its own.
};

/// A configured source: what its YAML asks for, not yet connected.
class Source {
  public:
    virtual ~Source() = default;
    virtual const std::vector<FeedInfo>& feeds() const = 0;
    /// Opens a feed. Connects lazily, in the first `pull` or `check`, so that an absent source is a retry and no failed
    /// start.
    virtual std::unique_ptr<Feed> open(std::size_t feed) = 0;
    /// Opens a look-up, by its place in the settings: a feed of one stream. Its batches from the beginning to the first
    /// one without `more` are the whole of it. Null where the connector has no look-ups.
    virtual std::unique_ptr<Feed> open_lookup(std::size_t /*lookup*/) { return nullptr; }
    /// How many of its feeds may be at work at a time; more would only wait for each other in the source.
    virtual std::size_t at_a_time() const { return 4; }
};

/// What every look-up has, whatever the connector; its `lookup_options` begin with these.
inline constexpr Option lookup_key{.name = "key",
                                   .type = OptionType::texts,
                                   .help = "Columns that name a row of it: what `from` looks up.",
                                   .required = true,
                                   .example = "[code]"};
inline constexpr Option lookup_every{.name = "every",
                                     .type = OptionType::duration,
                                     .help = "How often it is read again.",
                                     .fallback = "10m",
                                     .at_least = 100,
                                     .example = "10m"};

/// A stream's settings as the connector sees them.
struct StreamSettings {
    std::string name;
    Settings settings;  ///< Read against the connector's `stream_options`.
    std::vector<std::string>
        columns;            ///< Columns and paths (first segments) the mapping reads; children as `child.column`.
    std::string time_zone;  ///< IANA name, for naive watermarks; empty: none declared.
    /// Columns that its rows are searched by, as in Sought: an index on each makes that cheap.
    std::vector<std::vector<std::string>> searched = {};
    /// What `columns` are read for, to the end of each path (`party.code`, of a child `lines.product.code`): for a
    /// source that sends of an object only what it is asked for. Of a look-up its columns.
    std::vector<std::string> paths = {};
    /// Those of them that are written as points in time: a wall clock among them needs `time_zone`.
    std::vector<std::string> instants = {};
};

struct SourceSettings {
    std::string name;
    Settings settings;  ///< Read against the connector's `source_options`.
    std::vector<StreamSettings> streams;
    std::vector<StreamSettings> lookups = {};  ///< Settings read against `lookup_options`.
};

/// Speaks one kind of system. Stateless; listed in the generated catalogue.
class Connector {
  public:
    virtual ~Connector() = default;
    virtual std::string_view name() const = 0;
    virtual std::string_view summary() const = 0;  ///< One line for `tributary list`.
    virtual std::span<const Option> source_options() const = 0;
    virtual std::span<const Option> stream_options() const = 0;
    /// Of a look-up, `lookup_key` and `lookup_every` among them; none: this connector has no look-ups.
    virtual std::span<const Option> lookup_options() const { return {}; }
    /// What a stream's `use` can name, each a YAML text with `summary`, `stream`, `with`, `lookups` and `maps`
    /// (docs/connectors.md); its name is "odoo/order".
    virtual std::span<const EmbeddedFile> mappings() const { return {}; }
    /// Optional calls this connector has: "keys", "fetch", "search", "committed", "check".
    virtual std::span<const std::string_view> offers() const = 0;
    /// Checks what the options alone cannot say; null after an error was added to `diagnostics`.
    virtual std::unique_ptr<Source> configure(const SourceSettings& settings, Diagnostics& diagnostics) const = 0;
};

}  // namespace tributary
