#include "connectors/sqlite/reader.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "connectors/sqlite/types.hpp"
#include "connectors/sqlite/writer.hpp"

namespace tributary::sqlite {
namespace {

/// 3 March 1973: numbers below it are rather counters than seconds.
constexpr std::int64_t first_likely_second = 100'000'000;

Result<Statement> prepared(Database& database, const std::string& sql, const SqliteWriter& writer) {
    auto statement = database.prepare(sql);
    if (!statement) return statement;
    if (auto bound = writer.bind(*statement); !bound) return std::unexpected(bound.error());
    return statement;
}

/// `[[1,"a"],[2,"b"]]`: what each parent's children are found by. Text that JSON cannot hold finds none.
std::string parents_json(const table::Page& page, std::span<const std::size_t> columns) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer, rapidjson::UTF8<>, rapidjson::UTF8<>, rapidjson::CrtAllocator,
                      rapidjson::kWriteNanAndInfFlag>
        writer(buffer);
    writer.StartArray();
    for (const Value* const row : page.rows) {
        writer.StartArray();
        for (const std::size_t column : columns) {
            const Value& value = row[column];
            if (value.kind == Kind::integer)
                writer.Int64(value.integer);
            else if (value.kind == Kind::boolean)
                writer.Int64(value.boolean);
            else if (value.kind == Kind::real)
                writer.Double(value.real);
            else if (value.kind == Kind::text && walk::is_utf8(value.view()))
                writer.String(value.data, value.size);
            else
                writer.Null();
        }
        writer.EndArray();
    }
    writer.EndArray();
    return {buffer.GetString(), buffer.GetSize()};
}

/// One statement for a page of parents. The parents stay the outer loop, so that SQLite uses the child's index or
/// makes one for the statement.
std::string children_statement(const table::Include& include, std::span<const std::string> columns) {
    SqliteWriter sql;
    std::string parents = "with p as (select key as place";
    std::string join;
    for (std::size_t i = 0; i < include.on.size(); ++i) {
        const std::string column = "k" + std::to_string(i);
        parents += ", json_extract(value, '$[" + std::to_string(i) + "]') as " + column;
        join += (i == 0 ? "" : " and ") + ("c." + sql.identifier(include.on[i].first)) + " = p." + column;
    }
    return parents + " from json_each(?)) select p.place, " + table::column_list(columns, sql, "c.") +
           " from p cross join " + table::table_name(include.table, sql) + " as c on " + join + " order by p.place, " +
           table::column_list(include.key, sql, "c.");
}

}  // namespace

Result<void> SqliteReader::connect(std::stop_token stop) {
    if (database_ && database_->replaced()) database_.reset();
    if (!database_) {
        auto opened = Database::open(file_.path, file_.busy_timeout);
        if (!opened) return std::unexpected(opened.error());
        database_ = std::move(*opened);
        ++connections_;
        selection_ = {};
        stamps_.clear();
    }
    database_->stop_by(std::move(stop));
    return {};
}

Result<void> SqliteReader::open(std::stop_token stop) {
    if (auto connected = connect(std::move(stop)); !connected) return connected;
    if (selection_.columns.empty())
        if (auto learned = learn_columns(); !learned) return learned;
    return learn_stamps();
}

Result<std::vector<std::string>> SqliteReader::columns_of(const std::string& relation) {
    auto statement = database_->prepare("select * from " + relation + " as r limit 0");
    if (!statement) return std::unexpected(statement.error());
    std::vector<std::string> names;
    names.reserve(static_cast<std::size_t>(statement->columns()));
    for (int i = 0; i < statement->columns(); ++i) names.emplace_back(statement->name(i));
    return names;
}

Result<void> SqliteReader::learn_columns() {
    SqliteWriter sql;
    const auto available = columns_of(table::relation(definition_, sql));
    if (!available) return std::unexpected(available.error());
    auto selection = table::select(definition_, *available);
    if (!selection) return std::unexpected(selection.error());
    children_.clear();
    for (const table::Include& include : definition_.includes) {
        const auto columns = columns_of(table::table_name(include.table, sql));
        if (!columns) return std::unexpected(columns.error());
        auto child = table::select(include, *columns);
        if (!child) return std::unexpected(child.error());
        children_.push_back(std::move(*child));
    }
    selection_ = std::move(*selection);
    stamps_.assign(1 + definition_.includes.size(), std::nullopt);
    return {};
}

std::optional<SqliteReader::Watched> SqliteReader::watched(std::size_t whose) const {
    SqliteWriter sql;
    const auto named = [&](const table::Watermark& watermark, std::string relation, const std::string& table) {
        return Watched{sql.identifier(watermark.column), std::move(relation),
                       "watermark column '" + watermark.column + "' of " + table, watermark.unit};
    };
    if (!definition_.watermark) return std::nullopt;
    if (whose == table::SqlWriter::own)
        return named(*definition_.watermark, table::relation(definition_, sql), definition_.what());
    const table::Include& include = definition_.includes[whose - 1];
    if (!include.watermark) return std::nullopt;
    return named(*include.watermark, table::table_name(include.table, sql), include.table);
}

Result<void> SqliteReader::learn_stamps() {
    for (std::size_t whose = 0; whose < stamps_.size(); ++whose) {
        if (stamps_[whose]) continue;
        const auto column = watched(whose);
        if (!column) continue;
        auto stamps = stamps_of(*column);
        if (!stamps) return std::unexpected(stamps.error());
        stamps_[whose] = std::move(*stamps);
    }
    return {};
}

/// The newest tells, unless somebody wrote what is no time into it: such a row is read, and decides nothing.
Result<std::optional<StampForm>> SqliteReader::stamps_of(const Watched& watched) {
    if (watched.unit != 0) return StampForm::counting(watched.unit);
    const std::string& column = watched.column;
    auto statement = database_->prepare("select " + column + " from " + watched.relation + " as r where " + column +
                                        " is not null order by " + column + " desc limit 1000");
    if (!statement) return std::unexpected(statement.error());
    std::optional<table::LocalTime> zone;
    if (!definition_.time_zone.empty()) {
        auto found = table::LocalTime::of(definition_.time_zone);
        if (!found) return std::unexpected(found.error());
        zone = std::move(*found);
    }
    for (bool any = false;; any = true) {
        const auto row = statement->step();
        if (!row) return std::unexpected(row.error());
        if (!*row && !any) return std::nullopt;
        if (!*row) break;
        const Value newest = statement->value(0);
        if (newest.kind == Kind::integer && std::abs(newest.integer) < first_likely_second)
            return fail(Verdict::stop, "bad_watermark",
                        watched.name + " holds numbers up to " + std::to_string(newest.integer) +
                            ": a counter tells no time and cannot be polled, leave the watermark out; if they count "
                            "since 1970, say what, as `unit: s`, `ms` or `us`");
        if (auto stamps = StampForm::of(newest, zone)) return stamps;
    }
    return fail(Verdict::stop, "bad_watermark",
                watched.name + " holds neither ISO 8601 text (2026-01-31 10:00:00) nor a number of seconds");
}

/// A SQLite transaction shows nothing of itself to others before it commits. There is one writer at a time, but a
/// statement or an application stamps its rows before their commit, and how long before cannot be known: the look is
/// never trusted. Whoever gave an overlap has said how long.
Result<walk::Look> SqliteReader::look(std::vector<Condition>& conditions, std::stop_token) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const walk::Look look{.clock = std::chrono::duration_cast<std::chrono::microseconds>(now).count()};
    if (!definition_.watermark) return look;
    if (!definition_.watermark->overlap)
        conditions.push_back({"untrusted_bound",
                              "SQLite does not show open transactions: polls read back by the overlap of 60s, and rows "
                              "of a transaction that takes longer are not found; give watermark.overlap, above the "
                              "longest transaction, to do without this warning"});
    for (std::size_t whose = 0; whose < stamps_.size(); ++whose) {
        const auto& stamps = stamps_[whose];
        const auto column = watched(whose);
        if (!column || !stamps) continue;
        if (auto added = add_misfits(*column, *stamps, conditions); !added) return std::unexpected(added.error());
    }
    return look;
}

/// What sorts before all times is never polled. The least value tells, and an index has it at hand.
Result<void> SqliteReader::add_misfits(const Watched& watched, const StampForm& stamps,
                                       std::vector<Condition>& conditions) {
    auto least = database_->prepare("select min(" + watched.column + ") from " + watched.relation + " as r");
    if (!least) return std::unexpected(least.error());
    const auto row = least->step();
    if (!row) return std::unexpected(row.error());
    const Value value = least->value(0);
    if (value.is_null() || stamps.fits(value)) return {};
    conditions.push_back({"mixed_watermark",
                          watched.name +
                              " holds values that are no times or are written as other times are not (numbers beside "
                              "text, seconds beside milliseconds, an empty text): such rows are read by the first load "
                              "only, and polling does not find them"});
    return {};
}

Result<std::int64_t> SqliteReader::estimate(std::stop_token) {
    if (definition_.table.empty()) return 0;
    SqliteWriter sql;
    auto statement = database_->prepare("select max(rowid) from " + table::table_name(definition_.table, sql));
    // Views and tables without a rowid give no estimate.
    if (!statement) return 0;
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    return *row ? statement->integer(0) : 0;
}

Result<void> SqliteReader::begin(std::stop_token) { return database_->execute("begin"); }
Result<void> SqliteReader::end(std::stop_token) { return database_->execute("commit"); }

void SqliteReader::decode(const Statement& statement, int first, std::span<const Declared> declared, Value* to,
                          Arena& arena) {
    for (std::size_t i = 0; i < declared.size(); ++i) {
        Value value = read_value(statement, first + static_cast<int>(i), declared[i]);
        if (value.has_text()) value.data = arena.copy(value.view()).data();
        to[i] = value;
    }
}

Result<table::Page> SqliteReader::page(const walk::PageRequest& request, const Feed::Limits& limits, Arena& arena,
                                       std::stop_token) {
    SqliteWriter writer(stamps_);
    const std::string sql = table::page_statement(definition_, selection_, request, limits.rows, writer);
    return read_page(sql, writer, selection_.shape->names.size(), limits, arena);
}

Result<table::Page> SqliteReader::keys(const walk::PageRequest& request, const Feed::Limits& limits, Arena& arena,
                                       std::stop_token) {
    SqliteWriter writer;
    const std::string sql = table::key_statement(definition_, selection_, request, limits.rows, writer);
    return read_page(sql, writer, selection_.listed, limits, arena);
}

Result<table::Page> SqliteReader::read_page(const std::string& sql, const SqliteWriter& writer, std::size_t width,
                                            const Feed::Limits& limits, Arena& arena) {
    auto statement = prepared(*database_, sql, writer);
    if (!statement) return std::unexpected(statement.error());
    const auto declared = declared_types(*statement, 0);
    table::Page page;
    page.rows.reserve(limits.rows);
    while (page.rows.size() < limits.rows && arena.bytes() < limits.bytes + Arena::chunk_bytes) {
        const auto row = statement->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) return page;
        page.rows.push_back(arena.array<Value>(width).data());
        decode(*statement, 0, declared, page.rows.back(), arena);
    }
    page.full = true;
    return page;
}

Result<table::Children> SqliteReader::children(const table::ChildrenRequest& request, Arena& arena, std::stop_token) {
    const table::Selection& selection = children_[request.include];
    auto statement =
        database_->prepare(children_statement(definition_.includes[request.include], request.columns_of(selection)));
    if (!statement) return std::unexpected(statement.error());
    const std::string json = parents_json(request.parents, selection_.parents[request.include]);
    if (auto bound = statement->bind_text(1, json); !bound) return std::unexpected(bound.error());
    const auto declared = declared_types(*statement, 1);
    table::Children children{.shape = selection.shape, .listed = selection.listed};
    for (;;) {
        const auto row = statement->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) return children;
        const bool enough = arena.bytes() >= request.most_bytes + Arena::chunk_bytes;
        Value* const values = arena.array<Value>(declared.size()).data();
        decode(*statement, 1, declared, values, arena);
        if (!children.take(static_cast<std::uint32_t>(statement->integer(0)), values, enough)) return children;
    }
}

/// A column holds anything, and everything compares.
std::optional<std::size_t> SqliteReader::sought_by(std::size_t whose, const std::string& column) const {
    return (whose == table::SqlWriter::own ? selection_ : children_.at(whose - 1)).place_of(column);
}

std::int64_t SqliteReader::time_of(const Value& watermark) {
    auto& own = stamps_.front();
    return own ? own->time_of(watermark) : no_time;
}

/// SQLite counts the commits of others from the same number in every connection.
Result<std::optional<std::int64_t>> SqliteReader::commits() {
    const auto version = database_->data_version();
    if (!version) return std::unexpected(version.error());
    return (connections_ << 32) + *version;
}

}  // namespace tributary::sqlite
