#include "connectors/mariadb/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "connectors/kit/table/epoch.hpp"
#include "connectors/mariadb/decode.hpp"
#include "connectors/mariadb/look.hpp"

namespace tributary::mariadb {
namespace {

/// How large rows are is unknown before the first page.
constexpr std::size_t first_rows = 2'000;

std::vector<std::string> names_of(std::span<const Column> columns) {
    std::vector<std::string> names;
    for (const Column& column : columns) names.push_back(column.name);
    return names;
}

const Column& column_of(std::span<const Column> columns, const std::string& name) {
    return *std::find_if(columns.begin(), columns.end(), [&](const auto& column) { return column.name == name; });
}

bool has_collation(Form form) { return form == Form::text || form == Form::json; }

Error malformed() {
    return {Verdict::retry, "bad_answer",
            "the server's answer does not fit the columns it had: they are learned again"};
}

/// What stands between single rows and their values in the arena.
struct RowDecoder {
    std::span<const Form> forms;
    std::size_t key_size;
    std::size_t leading;  ///< Columns before the selection's own, integers.
    Arena& arena;

    /// Null: the texts do not fit the forms.
    Value* decode(const char* const* texts, const unsigned long* lengths, std::size_t width, std::size_t& bytes) const {
        Value* const values = arena.array<Value>(leading + width).data();
        bool good = true;
        for (std::size_t i = 0; i < leading + forms.size(); ++i) {
            if (texts[i] == nullptr) continue;
            const bool in_key = i >= leading && i - leading < key_size;
            const Form form = i < leading ? Form::integer : forms[i - leading];
            values[i] = mariadb::decode(form, {texts[i], lengths[i]}, in_key, arena, good);
            bytes += lengths[i];
        }
        bytes += width * sizeof(Value);
        return good ? values : nullptr;
    }
};

}  // namespace

Result<void> MariadbReader::connect(std::stop_token stop) {
    if (auto held = connection_.hold(std::move(stop)); !held) return held;
    if (!connection_.knows()) main_ = {};
    return {};
}

Result<void> MariadbReader::open(std::stop_token stop) {
    if (auto connected = connect(stop); !connected) return connected;
    return main_.selection.columns.empty() ? learn_columns(std::move(stop)) : Result<void>{};
}

Result<std::vector<Column>> MariadbReader::describe(const std::string& relation, std::stop_token stop) {
    return connection_->describe("select * from " + relation + " as r", std::move(stop));
}

Result<void> MariadbReader::learn_columns(std::stop_token stop) {
    MariadbWriter sql(*connection_);
    const auto available = describe(table::relation(definition_, sql), stop);
    if (!available) return std::unexpected(available.error());
    auto selection = table::select(definition_, names_of(*available));
    if (!selection) return std::unexpected(selection.error());
    stamps_.assign(1, {});
    if (definition_.watermark) {
        auto own = stamps_of(*definition_.watermark, definition_.what(), *available);
        if (!own) return std::unexpected(own.error());
        stamps_.front() = std::move(*own);
    }
    if (auto learned = learn_children(stop); !learned) return learned;
    auto columns = spelled(std::move(*selection), *available, definition_.what());
    if (!columns) return std::unexpected(columns.error());
    main_ = std::move(*columns);
    auto compared = compare_by_bytes(*available, std::move(stop));
    if (!compared) main_ = {};
    connection_.learned();
    return compared;
}

Result<Stamps> MariadbReader::stamps_of(const table::Watermark& watermark, const std::string& table,
                                        std::span<const Column> available) {
    const Column& column = column_of(available, watermark.column);
    Stamps stamps{.form = form_of(column)};
    const std::string what = "watermark column '" + column.name + "' of " + table;
    const bool number = stamps.form == Form::integer || stamps.form == Form::unsigned_integer ||
                        stamps.form == Form::decimal || stamps.form == Form::float8;
    const bool time = stamps.form == Form::timestamp || stamps.form == Form::datetime || stamps.form == Form::date;
    if (auto told = table::check_unit(watermark, table, number, time); !told) return std::unexpected(told.error());
    if (number) {
        stamps.unit = watermark.unit;
        stamps.grain = std::chrono::microseconds(watermark.unit);
        return stamps;
    }
    if (stamps.form != Form::date) stamps.grain = table::grain_of(column.decimals);
    if (stamps.form == Form::timestamp) return stamps;
    if (definition_.time_zone.empty())
        return fail(Verdict::stop, "bad_watermark",
                    what + " is a wall clock, and nothing says whose: set time_zone of the source");
    auto zone = table::LocalTime::of(definition_.time_zone);
    if (!zone) return std::unexpected(zone.error());
    stamps.zone = std::move(*zone);
    return stamps;
}

Result<void> MariadbReader::learn_children(std::stop_token stop) {
    children_.clear();
    for (const table::Include& include : definition_.includes) {
        MariadbWriter sql(*connection_);
        const auto available = describe(table::table_name(include.table, sql), stop);
        if (!available) return std::unexpected(available.error());
        auto selection = table::select(include, names_of(*available));
        if (!selection) return std::unexpected(selection.error());
        auto child = spelled(std::move(*selection), *available, include.table);
        if (!child) return std::unexpected(child.error());
        children_.push_back(std::move(*child));
        stamps_.emplace_back();
        if (!include.watermark) continue;
        auto stamps = stamps_of(*include.watermark, include.table, *available);
        if (!stamps) return std::unexpected(stamps.error());
        stamps_.back() = std::move(*stamps);
    }
    return {};
}

Result<MariadbReader::Columns> MariadbReader::spelled(table::Selection selection, std::span<const Column> available,
                                                      const std::string& where) {
    Columns columns{.selection = std::move(selection), .spelling = {}};
    for (const std::string& name : columns.selection.columns) {
        const Form form = form_of(column_of(available, name));
        if (form == Form::unsupported)
            return fail(
                Verdict::stop, "unsupported_type",
                fmt::format("column '{0}' of {1} is a geometry, which has no form here: leave it out, or select "
                            "st_astext({0}) in a `query`",
                            name, where));
        columns.spelling.forms.push_back(form);
    }
    columns.spelling.by_bytes.assign(columns.selection.columns.size(), false);
    return columns;
}

/// A unique index has decided that no two keys are equal in their collation. Without one 'a' and 'A' may be two rows,
/// and the page that ends between them would be the last to see the second.
Result<void> MariadbReader::compare_by_bytes(std::span<const Column> available, std::stop_token stop) {
    const table::Selection& selection = main_.selection;
    std::vector<Column> key;
    bool text = false;
    for (std::size_t i = 0; i < selection.key_size; ++i) {
        main_.spelling.by_bytes[i] = main_.spelling.forms[i] == Form::member;
        text = text || has_collation(main_.spelling.forms[i]);
    }
    if (!text) return {};
    std::vector<Column> direct;
    if (!definition_.query.empty()) {
        // The query as a table hides where its columns come from.
        auto described = connection_->describe(definition_.query, stop);
        if (described) direct = std::move(*described);
        available = direct;
    }
    for (std::size_t i = 0; i < selection.key_size && !available.empty(); ++i)
        key.push_back(column_of(available, selection.columns[i]));
    const auto unique = is_unique(key, std::move(stop));
    if (!unique) return std::unexpected(unique.error());
    for (std::size_t i = 0; i < selection.key_size; ++i)
        if (!*unique && has_collation(main_.spelling.forms[i])) main_.spelling.by_bytes[i] = true;
    return {};
}

/// Whether a unique index of each table that the columns come from lies within them: rows that are equal in their
/// collation are then the same row of each, and so the same key.
Result<bool> MariadbReader::is_unique(std::span<const Column> columns, std::stop_token stop) {
    for (const Column& column : columns) {
        if (column.database.empty() || column.table.empty() || column.original.empty()) return false;
        const auto rows = connection_->query(indexes_statement(*connection_, column.database, column.table), stop);
        if (!rows) return std::unexpected(rows.error());
        const auto among_columns = [&](const std::string& name) {
            return std::any_of(columns.begin(), columns.end(), [&](const Column& one) {
                return one.alias == column.alias && one.database == column.database && one.original == name;
            });
        };
        const auto indexes = read_indexes(*rows);
        const bool covered = std::any_of(indexes.begin(), indexes.end(), [&](const table::Facts::Index& index) {
            return index.unique && std::all_of(index.columns.begin(), index.columns.end(), among_columns);
        });
        if (!covered) return false;
    }
    return !columns.empty();
}

Result<walk::Look> MariadbReader::look(std::vector<Condition>& conditions, std::stop_token stop) {
    const auto clock = connection_->query(std::string(clock_statement()), stop);
    if (!clock) return std::unexpected(clock.error());
    std::optional<Rows> transactions;
    // Without a watermark nothing depends on open transactions.
    if (definition_.watermark) {
        auto listed = connection_->query(std::string(transactions_statement()), std::move(stop));
        if (!listed && listed.error().code != "no_right") return std::unexpected(listed.error());
        if (listed) transactions = std::move(*listed);
    }
    std::vector<Condition> found;
    const auto overlap = definition_.watermark ? definition_.watermark->overlap : std::nullopt;
    auto look = read_look(*clock, transactions, overlap.value_or(walk::untrusted_overlap), found);
    if (!look) return look;
    look->grain = stamps_.front().grain + settling_time;
    for (const std::size_t include : definition_.followed())
        look->child_grains.push_back(stamps_[table::SqlWriter::of_include(include)].grain + settling_time);
    if (definition_.watermark) conditions = std::move(found);
    return look;
}

Result<std::int64_t> MariadbReader::estimate(std::stop_token stop) {
    if (definition_.table.empty()) return 0;
    MariadbWriter sql(*connection_);
    const auto rows = connection_->query("explain select * from " + table::table_name(definition_.table, sql), stop);
    if (!rows) return std::unexpected(rows.error());
    constexpr std::size_t rows_column_from_end = 2;
    if (rows->size() != 1 || rows->front().size() <= rows_column_from_end) return 0;
    const auto& number = rows->front()[rows->front().size() - rows_column_from_end];
    return number ? std::strtoll(number->c_str(), nullptr, 10) : 0;
}

Result<void> MariadbReader::execute(const std::string& sql, std::stop_token stop) {
    auto done = connection_->query(sql, std::move(stop));
    if (!done) return std::unexpected(done.error());
    return {};
}

Result<void> MariadbReader::begin(std::stop_token stop) {
    return execute("start transaction with consistent snapshot, read only", std::move(stop));
}

Result<void> MariadbReader::end(std::stop_token stop) { return execute("commit", std::move(stop)); }

Result<bool> MariadbReader::take_rows(const std::string& sql, const Read& read,
                                      const std::function<bool(std::size_t bytes, Value* values)>& take, Arena& arena,
                                      std::stop_token stop) {
    const auto& [forms, width, key_size, leading] = read;
    const RowDecoder decoder{.forms = forms, .key_size = key_size, .leading = leading, .arena = arena};
    bool good = true;
    const Connection::Taker taker{.columns =
                                      [&](std::span<const Column> found) {
                                          good = found.size() == leading + forms.size();
                                          for (std::size_t i = 0; good && i < forms.size(); ++i)
                                              good =
                                                  forms[i] == Form::float4 || form_of(found[leading + i]) == forms[i];
                                          return good;
                                      },
                                  .row =
                                      [&](const char* const* texts, const unsigned long* lengths) {
                                          std::size_t bytes = 0;
                                          Value* const values = decoder.decode(texts, lengths, width, bytes);
                                          good = values != nullptr;
                                          return good && take(bytes, values);
                                      }};
    const auto whole = connection_->stream(sql, taker, std::move(stop));
    if (!whole) return std::unexpected(whole.error());
    if (!good) return std::unexpected(malformed());
    return *whole;
}

MariadbWriter MariadbReader::page_writer() const {
    MariadbWriter sql(*connection_, &main_.spelling, stamps_);
    for (const Columns& child : children_) sql.add_child(child.spelling);
    return sql;
}

std::optional<std::size_t> MariadbReader::sought_by(std::size_t whose, const std::string& column) const {
    const Columns& columns = whose == table::SqlWriter::own ? main_ : children_.at(whose - 1);
    const auto place = columns.selection.place_of(column);
    return place && is_searchable(columns.spelling.forms[*place]) ? place : std::nullopt;
}

/// The limit of the statement follows the rows' size, so that few statements are cut short.
Result<table::Page> MariadbReader::page(const walk::PageRequest& request, const Feed::Limits& limits, Arena& arena,
                                        std::stop_token stop) {
    const std::size_t fitting = row_bytes_ == 0 ? first_rows : std::max<std::size_t>(limits.bytes / row_bytes_, 1);
    const std::size_t most = std::min(fitting, limits.rows);
    MariadbWriter sql = page_writer();
    request_ = request;
    std::size_t bytes = 0;
    const Read read{main_.spelling.forms, main_.selection.shape->names.size(), main_.selection.key_size};
    auto page = read_page(table::page_statement(definition_, main_.selection, request, most, sql), read, most,
                          limits.bytes, bytes, arena, std::move(stop));
    if (page && !page->rows.empty()) row_bytes_ = std::max<std::size_t>(bytes / page->rows.size(), 1);
    return page;
}

Result<table::Page> MariadbReader::keys(const walk::PageRequest& request, const Feed::Limits& limits, Arena& arena,
                                        std::stop_token stop) {
    const std::size_t size = main_.selection.listed;
    const Read listed{std::span(main_.spelling.forms).first(size), size, main_.selection.key_size};
    MariadbWriter sql(*connection_, &main_.spelling, stamps_);
    request_ = request;
    std::size_t bytes = 0;
    return read_page(table::key_statement(definition_, main_.selection, request, limits.rows, sql), listed, limits.rows,
                     limits.bytes, bytes, arena, std::move(stop));
}

/// At most `most` rows, which the statement is limited to, and those that fit; `bytes` are theirs.
Result<table::Page> MariadbReader::read_page(const std::string& statement, const Read& read, std::size_t most,
                                             std::size_t most_bytes, std::size_t& bytes, Arena& arena,
                                             std::stop_token stop) {
    table::Page page;
    page.rows.reserve(most);
    const auto take = [&](std::size_t row_bytes, Value* values) {
        page.rows.push_back(values);
        bytes += row_bytes;
        return bytes < most_bytes || page.rows.size() == most;
    };
    const auto whole = take_rows(statement, read, take, arena, std::move(stop));
    if (!whole) {
        // What failed may have failed because the table changed: its columns are learned again.
        main_ = {};
        return std::unexpected(whole.error());
    }
    page.full = !*whole || page.rows.size() == most;
    return page;
}

/// Joins the page itself, which is the same in its snapshot: parent and child columns then meet in their own types and
/// collations, as in any join of this schema.
std::string MariadbReader::children_statement(const table::ChildrenRequest& request) {
    const std::size_t include = request.include;
    const table::Include& wanted = definition_.includes[include];
    MariadbWriter sql = page_writer();
    MariadbWriter child(*connection_, &children_[include].spelling);
    MariadbWriter plain(*connection_);
    std::string columns, order, join;
    const std::vector<std::string> page_order = table::page_order(main_.selection, request_, sql);
    for (std::size_t i = 0; i < page_order.size(); ++i) {
        const std::string name = "o" + std::to_string(i);
        columns += page_order[i] + " as " + name + ", ";
        order += (i == 0 ? "q." : ", q.") + name;
    }
    for (std::size_t i = 0; i < wanted.on.size(); ++i) {
        const std::string name = "k" + std::to_string(i);
        const std::size_t parent = main_.selection.parents[include][i];
        columns += (i == 0 ? "r." : ", r.") + sql.identifier(main_.selection.columns[parent]) + " as " + name;
        join += (i == 0 ? "" : " and ") + ("c." + sql.identifier(wanted.on[i].first)) + " = p." + name;
    }
    return "select straight_join p.place, " +
           table::column_list(request.columns_of(children_[include].selection), child, "c.") +
           " from (select row_number() over (order by " + order + ") as place, q.* from (select " + columns + " " +
           table::page_rows(definition_, main_.selection, request_, request.parents.rows.size(), sql) +
           ") as q) as p join " + table::table_name(wanted.table, plain) + " as c on " + join + " order by p.place, " +
           table::column_list(wanted.key, plain, "c.");
}

Result<table::Children> MariadbReader::children(const table::ChildrenRequest& request, Arena& arena,
                                                std::stop_token stop) {
    const auto& [selection, spelling] = children_[request.include];
    const std::size_t size = request.columns_of(selection).size();
    const Read read{.forms = std::span(spelling.forms).first(size), .width = size, .leading = 1};
    table::Children children{.shape = selection.shape, .listed = selection.listed};
    bool enough = false;
    const auto take = [&](std::size_t, Value* values) {
        // row_number counts from 1.
        const bool taken = children.take(static_cast<std::uint32_t>(values[0].integer - 1), values + 1, enough);
        enough = arena.bytes() >= request.most_bytes + Arena::chunk_bytes;
        return taken;
    };
    const auto whole = take_rows(children_statement(request), read, take, arena, std::move(stop));
    if (!whole) {
        main_ = {};
        return std::unexpected(whole.error());
    }
    return children;
}

std::int64_t MariadbReader::time_of(const Value& watermark) {
    if (const std::int64_t unit = stamps_.front().unit; unit != 0) return table::time_of_count(watermark, unit);
    if (watermark.kind == Kind::instant) return watermark.integer;
    auto& zone = stamps_.front().zone;
    if (watermark.kind == Kind::naive && zone) return zone->to_utc(watermark.integer);
    return no_time;
}

}  // namespace tributary::mariadb
