#include "connectors/postgres/reader.hpp"

#include <algorithm>
#include <utility>

#include "connectors/kit/table/epoch.hpp"
#include "connectors/postgres/errors.hpp"
#include "connectors/postgres/look.hpp"

namespace tributary::postgres {
namespace {

std::vector<std::string> names_of(const std::vector<ResultColumn>& columns) {
    std::vector<std::string> names;
    names.reserve(columns.size());
    for (const ResultColumn& column : columns) names.push_back(column.name);
    return names;
}

const ResultColumn& column_of(const std::vector<ResultColumn>& columns, const std::string& name) {
    return *std::find_if(columns.begin(), columns.end(), [&](const auto& column) { return column.name == name; });
}

std::vector<Form> forms_of(const std::vector<ResultColumn>& available, const table::Selection& selection) {
    std::vector<Form> forms;
    forms.reserve(selection.columns.size());
    for (const std::string& name : selection.columns) forms.push_back(form_of(column_of(available, name).type));
    return forms;
}

bool is_number(Form form) {
    return form == Form::int2 || form == Form::int4 || form == Form::int8 || form == Form::numeric ||
           form == Form::float8;
}

std::string copy_of(const std::string& select) { return "copy (" + select + ") to stdout (format binary)"; }

Error malformed() { return {Verdict::retry, "bad_answer", "the server's binary answer has an unexpected shape"}; }

}  // namespace

Result<void> PostgresReader::connect(std::stop_token stop) {
    if (auto held = connection_.hold(std::move(stop)); !held) return held;
    if (!connection_.knows()) main_ = {};
    return {};
}

Result<void> PostgresReader::open(std::stop_token stop) {
    if (auto connected = connect(stop); !connected) return connected;
    if (!main_.selection.columns.empty()) return {};
    if (auto learned = learn_columns(stop); !learned) return std::unexpected(explained(learned.error(), stop));
    return {};
}

/// A lock or a statement that took too long is told with what an operator can look for.
Error PostgresReader::explained(Error error, std::stop_token stop) {
    const std::string limit = error.code == "locked"
                                  ? "lock_timeout " + std::to_string(server_.lock_timeout.count() / 1000)
                                  : "statement_timeout " + std::to_string(server_.statement_timeout.count() / 1000);
    if (error.code == "locked" || error.code == "cancelled")
        error.what = "reading " + definition_.what() + ": " + error.what + " (" + limit + "s)";
    if (error.code == "locked")
        if (const std::string who = lock_holders(std::move(stop)); !who.empty()) error.what += "; " + who;
    return error;
}

/// `shop.web_order is locked by session 7 (psql, user bob) since …`. Empty when nobody does any more, or nobody can
/// tell.
std::string PostgresReader::lock_holders(std::stop_token stop) {
    if (std::exchange(in_snapshot_, false))
        if (auto ended = execute("rollback", stop); !ended) return {};
    if (!connection_->usable()) return {};
    PostgresWriter sql(*connection_);
    std::string tables;
    const auto add = [&](const std::string& table) {
        tables += (tables.empty() ? "" : ", ") + connection_->literal(table::table_name(table, sql));
    };
    if (definition_.query.empty()) {
        add(definition_.table);
        for (const table::Include& include : definition_.includes) add(include.table);
    }
    const auto holders = connection_->query(lock_holders_statement(tables), std::move(stop));
    if (!holders) return {};
    std::string all;
    for (int i = 0; i < holders->at(0).size(); ++i)
        all += (i == 0 ? "" : "; ") + std::string(holders->at(0).text(i, 0)) + " is locked by " +
               std::string(holders->at(0).text(i, 1));
    return all;
}

Result<std::vector<ResultColumn>> PostgresReader::describe(const std::string& relation, std::stop_token stop) {
    return connection_->describe("select * from " + relation + " as r", std::move(stop));
}

Result<void> PostgresReader::learn_columns(std::stop_token stop) {
    PostgresWriter sql(*connection_);
    const auto available = describe(table::relation(definition_, sql), stop);
    if (!available) return std::unexpected(available.error());
    auto selection = table::select(definition_, names_of(*available));
    if (!selection) return std::unexpected(selection.error());
    stamps_.assign(1 + definition_.includes.size(), {});
    if (definition_.watermark) {
        auto own = stamps_of(*definition_.watermark, definition_.what(), *available);
        if (!own) return std::unexpected(own.error());
        stamps_.front() = std::move(*own);
        if (auto learned = learn_zone(stop); !learned) return learned;
    }
    children_.clear();
    for (std::size_t i = 0; i < definition_.includes.size(); ++i) {
        auto child = learn_child(i, *available, stop);
        if (!child) return std::unexpected(child.error());
        children_.push_back(std::move(*child));
    }
    main_.forms = forms_of(*available, *selection);
    main_.selection = std::move(*selection);
    connection_.learned();
    return {};
}

Result<StampType> PostgresReader::stamps_of(const table::Watermark& watermark, const std::string& table,
                                            const std::vector<ResultColumn>& available) {
    const ResultColumn& column = column_of(available, watermark.column);
    StampType stamps{.form = form_of(column.type), .time_zone = definition_.time_zone};
    const bool number = is_number(stamps.form);
    const bool time = stamps.form == Form::timestamptz || stamps.form == Form::timestamp || stamps.form == Form::date;
    if (auto told = table::check_unit(watermark, table, number, time); !told) return std::unexpected(told.error());
    if (number) {
        stamps.unit = watermark.unit;
        stamps.grain = std::chrono::microseconds(watermark.unit);
        return stamps;
    }
    if (stamps.form != Form::date && column.modifier >= 0)
        stamps.grain = table::grain_of(static_cast<unsigned>(column.modifier));
    return stamps;
}

/// Of the rows' own watermark, which says when each has changed.
Result<void> PostgresReader::learn_zone(std::stop_token stop) {
    zone_.reset();
    std::string name = definition_.time_zone;
    if (name.empty() && stamps_.front().form == Form::timestamp) {
        const auto session = connection_->query("show timezone", std::move(stop));
        if (!session) return std::unexpected(session.error());
        name = session->at(0).text(0, 0);
    }
    if (name.empty()) return {};
    auto zone = table::LocalTime::of(name);
    if (zone) zone_ = std::move(*zone);
    // The server may know zones that this machine does not (`<+02>-02`): then such stamps tell no instant.
    if (!zone && !definition_.time_zone.empty()) return std::unexpected(zone.error());
    return {};
}

Result<PostgresReader::Child> PostgresReader::learn_child(std::size_t include, const std::vector<ResultColumn>& parent,
                                                          std::stop_token stop) {
    const table::Include& wanted = definition_.includes[include];
    PostgresWriter sql(*connection_);
    const auto available = describe(table::table_name(wanted.table, sql), stop);
    if (!available) return std::unexpected(available.error());
    auto selection = table::select(wanted, names_of(*available));
    if (!selection) return std::unexpected(selection.error());
    Child child;
    child.columns.forms = forms_of(*available, *selection);
    child.columns.selection = std::move(*selection);
    if (wanted.watermark) {
        auto stamps = stamps_of(*wanted.watermark, wanted.table, *available);
        if (!stamps) return std::unexpected(stamps.error());
        stamps_[table::SqlWriter::of_include(include)] = std::move(*stamps);
    }
    for (const auto& [column, parent_column] : wanted.on) {
        const auto type = connection_->query(
            "select format_type(" + std::to_string(column_of(parent, parent_column).type) + ", -1)", stop);
        if (!type) return std::unexpected(type.error());
        child.on_types.emplace_back(type->at(0).text(0, 0));
    }
    return child;
}

Result<walk::Look> PostgresReader::look(std::vector<Condition>& conditions, std::stop_token stop) {
    const auto rows = connection_->query(std::string(look_statements()), std::move(stop));
    if (!rows) return std::unexpected(rows.error());
    const bool by_application = definition_.watermark && definition_.watermark->by_application;
    const Stamps stamps = !by_application                  ? Stamps::database
                          : definition_.watermark->overlap ? Stamps::application_within_overlap
                                                           : Stamps::application;
    std::vector<Condition> found;
    walk::Look look = read_look(*rows, stamps, found);
    look.grain = stamps_.front().grain + settling_time;
    for (const std::size_t include : definition_.followed())
        look.child_grains.push_back(stamps_[table::SqlWriter::of_include(include)].grain + settling_time);
    // Without a watermark nothing depends on open transactions.
    if (definition_.watermark) conditions = std::move(found);
    return look;
}

Result<std::int64_t> PostgresReader::estimate(std::stop_token stop) {
    if (definition_.table.empty()) return 0;
    PostgresWriter sql(*connection_);
    const auto rows =
        connection_->query("select greatest(reltuples, 0)::bigint from pg_class where oid = to_regclass(" +
                               connection_->literal(table::table_name(definition_.table, sql)) + ")",
                           std::move(stop));
    if (!rows) return std::unexpected(rows.error());
    return rows->at(0).size() == 0 ? 0 : rows->at(0).integer(0, 0);
}

Result<void> PostgresReader::execute(const std::string& sql, std::stop_token stop) {
    auto done = connection_->query(sql, std::move(stop));
    if (!done) return std::unexpected(done.error());
    return {};
}

/// Read only, and its xact_start holds nobody: a look leaves out its own session, and another stream's look finds a
/// transaction that ends with the pull.
Result<void> PostgresReader::begin(std::stop_token stop) {
    auto begun = execute("begin isolation level repeatable read, read only", std::move(stop));
    in_snapshot_ = begun.has_value();
    return begun;
}

Result<void> PostgresReader::end(std::stop_token stop) {
    if (!std::exchange(in_snapshot_, false)) return {};
    return execute("commit", std::move(stop));
}

Result<table::Page> PostgresReader::copy_page(const std::string& sql, std::span<const Form> forms, std::size_t width,
                                              const Feed::Limits& limits, Arena& arena, std::stop_token stop) {
    BinaryCopy copy(forms);
    table::Page page;
    page.rows.reserve(limits.rows);
    bool good = true;
    std::size_t bytes = 0;
    const auto take = [&](std::string_view message) {
        Value* const values = arena.array<Value>(width).data();
        const BinaryCopy::Message kind = copy.read(message, values, arena);
        good = kind != BinaryCopy::Message::malformed;
        if (kind != BinaryCopy::Message::row) return good;
        page.rows.push_back(values);
        bytes += message.size() + width * sizeof(Value);
        return bytes < limits.bytes;
    };
    const auto whole = connection_->copy_out(sql, take, std::move(stop));
    if (!whole) return std::unexpected(whole.error());
    if (!good) return std::unexpected(malformed());
    if (!page.rows.empty() && forms.size() == main_.forms.size()) row_bytes_ = bytes / page.rows.size();
    page.full = !*whole || page.rows.size() >= limits.rows;
    return page;
}

/// The limit of the statement follows the rows' size, so that few statements are cut short; one that is would end the
/// snapshot's transaction without a savepoint.
Result<table::Page> PostgresReader::page(const walk::PageRequest& request, const Feed::Limits& limits, Arena& arena,
                                         std::stop_token stop) {
    Feed::Limits fitting = limits;
    if (row_bytes_ != 0) fitting.rows = std::min(limits.rows, std::max<std::size_t>(limits.bytes / row_bytes_, 1));
    PostgresWriter sql(*connection_, main_.forms, stamps_);
    for (const Child& child : children_) sql.add_child(child.columns.forms);
    const std::string statement =
        copy_of(table::page_statement(definition_, main_.selection, request, fitting.rows, sql));
    return saved_page(statement, main_.forms, main_.selection.shape->names.size(), fitting, arena, std::move(stop));
}

/// In a snapshot, behind a savepoint that a statement which is cut short goes back to.
Result<table::Page> PostgresReader::saved_page(const std::string& sql, std::span<const Form> forms, std::size_t width,
                                               const Feed::Limits& limits, Arena& arena, std::stop_token stop) {
    if (in_snapshot_)
        if (auto saved = execute("savepoint page", stop); !saved) return std::unexpected(saved.error());
    auto page = copy_page(sql, forms, width, limits, arena, stop);
    // What failed may have failed because the table changed: its columns are learned again.
    if (!page) main_ = {};
    if (!page) return std::unexpected(explained(page.error(), stop));
    if (!page->full || !in_snapshot_) return page;
    if (auto kept = execute("rollback to page", std::move(stop)); !kept) return std::unexpected(kept.error());
    return page;
}

Result<table::Page> PostgresReader::keys(const walk::PageRequest& request, const Feed::Limits& limits, Arena& arena,
                                         std::stop_token stop) {
    const std::size_t size = main_.selection.listed;
    PostgresWriter sql(*connection_, main_.forms);
    const std::string statement =
        copy_of(table::key_statement(definition_, main_.selection, request, limits.rows, sql));
    return saved_page(statement, std::span(main_.forms).first(size), size, limits, arena, std::move(stop));
}

std::string PostgresReader::children_statement(const table::ChildrenRequest& request) {
    const std::size_t include = request.include;
    const table::Include& wanted = definition_.includes[include];
    const Child& child = children_[include];
    PostgresWriter sql(*connection_, child.columns.forms);
    std::string arrays, names, join;
    for (std::size_t i = 0; i < wanted.on.size(); ++i) {
        const std::string name = "k" + std::to_string(i);
        const std::size_t column = main_.selection.parents[include][i];
        arrays += (i == 0 ? "" : ", ") + connection_->literal(array_text(request.parents.rows, column)) +
                  "::" + child.on_types[i] + "[]";
        names += name + ", ";
        join += (i == 0 ? "" : " and ") + ("c." + sql.identifier(wanted.on[i].first)) + " = p." + name;
    }
    PostgresWriter plain(*connection_);
    return "select p.place, " + table::column_list(request.columns_of(child.columns.selection), sql, "c.") +
           " from unnest(" + arrays + ") with ordinality as p(" + names + "place) join " +
           table::table_name(wanted.table, sql) + " as c on " + join + " order by p.place, " +
           table::column_list(wanted.key, plain, "c.");
}

/// A statement that is cut short goes back to the page's savepoint, which keeps the snapshot.
Result<table::Children> PostgresReader::children(const table::ChildrenRequest& request, Arena& arena,
                                                 std::stop_token stop) {
    const Columns& columns = children_[request.include].columns;
    std::vector<Form> forms{Form::int8};
    const std::size_t read = request.columns_of(columns.selection).size();
    std::ranges::copy(std::span(columns.forms).first(read), std::back_inserter(forms));
    table::Children children{.shape = columns.selection.shape, .listed = columns.selection.listed};
    BinaryCopy copy(forms);
    bool good = true;
    const auto take = [&](std::string_view message) {
        const bool enough = arena.bytes() >= request.most_bytes + Arena::chunk_bytes;
        Value* const values = arena.array<Value>(forms.size()).data();
        const BinaryCopy::Message kind = copy.read(message, values, arena);
        good = kind != BinaryCopy::Message::malformed;
        if (kind != BinaryCopy::Message::row) return good;
        // Ordinality counts from 1.
        return children.take(static_cast<std::uint32_t>(values[0].integer - 1), values + 1, enough);
    };
    const std::string statement = copy_of(children_statement(request));
    const auto whole = connection_->copy_out(statement, take, stop);
    if (!whole) return std::unexpected(explained(whole.error(), stop));
    if (!good) return std::unexpected(malformed());
    if (!*whole)
        if (auto kept = execute("rollback to page", std::move(stop)); !kept) return std::unexpected(kept.error());
    return children;
}

std::optional<std::size_t> PostgresReader::sought_by(std::size_t whose, const std::string& column) const {
    const Columns& columns = columns_of(whose);
    const auto place = columns.selection.place_of(column);
    return place && is_searchable(columns.forms[*place]) ? place : std::nullopt;
}

std::int64_t PostgresReader::time_of(const Value& watermark) {
    if (const std::int64_t unit = stamps_.front().unit; unit != 0) return table::time_of_count(watermark, unit);
    if (watermark.kind == Kind::instant) return watermark.integer;
    if (watermark.kind == Kind::naive && zone_) return zone_->to_utc(watermark.integer);
    return no_time;
}

}  // namespace tributary::postgres
