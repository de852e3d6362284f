#include "connectors/odata/reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "connectors/kit/http/row_stream.hpp"
#include "connectors/odata/answers.hpp"
#include "core/model/time.hpp"

namespace tributary::odata {
namespace {

constexpr std::size_t most_count = 1'000;  ///< Bytes of `$count`.
constexpr std::size_t no_limit = SIZE_MAX / 2;

bool is_time(Edm edm) { return edm == Edm::date || edm == Edm::moment || edm == Edm::instant; }

}  // namespace

SetPath set_path(std::string_view path) {
    while (path.starts_with('/')) path.remove_prefix(1);
    const std::size_t arguments = path.find('(');
    std::size_t slash = path.substr(0, arguments).rfind('/');
    // `Register/Balance(…)`: a function of a set
    if (arguments != std::string_view::npos && slash != std::string_view::npos)
        slash = slash == 0 ? std::string_view::npos : path.substr(0, slash).rfind('/');
    if (slash == std::string_view::npos) return {"", std::string(path)};
    return {std::string(path.substr(0, slash)), std::string(path.substr(slash + 1))};
}

ODataReader::ODataReader(std::shared_ptr<Services> services, table::Definition definition, StreamOptions options)
    : ApiReader(std::move(definition)),
      services_(std::move(services)),
      options_(std::move(options)),
      path_(set_path(this->definition().table)),
      connection_(services_->http()),
      most_rows_(options_.page) {}

Result<void> ODataReader::open(std::stop_token stop) {
    if (learned_ && !selection().columns.empty()) return {};
    learned_ = false;
    if (auto opened = ApiReader::open(stop); !opened) return opened;
    auto learned = learn(std::move(stop));
    learned_ = learned.has_value();
    return learned;
}

Result<void> ODataReader::learn(std::stop_token stop) {
    auto model = services_->model(path_.service, connection_, std::move(stop));
    if (!model) return std::unexpected(model.error());
    model_ = std::move(*model);
    readers_.clear();
    if (const auto shown = services_->clock()) clock().saw(*shown);
    const Type* const type = model_->type_of(path_.set);
    if (type == nullptr) return fail(Verdict::retry, "changed_metadata", "the service has just changed");
    if (!definition().time_zone.empty()) {
        auto zone = table::LocalTime::of(definition().time_zone);
        if (!zone) return std::unexpected(zone.error());
        zone_ = std::move(*zone);
    }
    subject_ = {.path = definition().table, .version = model_->version, .model = model_.get(), .type = type};
    while (subject_.path.starts_with('/')) subject_.path.erase(0, 1);
    subject_.where = definition().where;
    subject_.zone = zone_ ? &*zone_ : nullptr;
    const auto property = [&](const std::string& name) -> Result<const Property*> {
        if (const Property* const found = type->property(name)) return found;
        return fail(Verdict::stop, "undefined_column", "no property '" + name + "' in " + definition().table);
    };
    for (const std::string& name : definition().key) {
        const auto found = property(name);
        if (!found) return std::unexpected(found.error());
        subject_.key.push_back(*found);
    }
    if (!definition().watermark) return {};
    std::vector<std::string> stamps{definition().watermark->column};
    stamps.insert(stamps.end(), options_.also_changed.begin(), options_.also_changed.end());
    for (const std::string& name : stamps) {
        const auto found = property(name);
        if (!found) return std::unexpected(found.error());
        if (!subject_.stamps.empty() && !is_time((*found)->edm))
            return fail(Verdict::stop, "bad_watermark", "'" + name + "' of " + definition().table + " holds no times");
        subject_.stamps.push_back(*found);
    }
    versions_ = !is_time(subject_.stamps.front()->edm);
    if (versions_ && subject_.stamps.size() > 1)
        return fail(Verdict::stop, "bad_watermark",
                    "'" + definition().watermark->column + "' of " + definition().table +
                        " tells versions and no times: leave `also_changed` out");
    return {};
}

Result<api::Metadata> ODataReader::describe(const std::string& object, std::stop_token stop) {
    auto model = services_->model(path_.service, connection_, std::move(stop));
    if (!model) return std::unexpected(model.error());
    const Type* type = object == definition().table ? (*model)->type_of(path_.set) : (*model)->find(object);
    api::Metadata metadata{.found = type != nullptr};
    const std::string prefix = path_.service.empty() ? "" : path_.service + "/";
    for (const auto& [set, made] : (*model)->sets) metadata.others.push_back(prefix + set);
    if (type == nullptr) return metadata;
    for (const Property& property : type->properties) {
        const bool leads = property.edm == Edm::nested;
        metadata.fields.push_back({property.name, property.type, leads ? property.type : ""});
    }
    for (const Navigation& navigation : type->navigations)
        metadata.fields.push_back({navigation.name, navigation.target, navigation.target});
    return metadata;
}

bool ODataReader::searchable(const api::Field& field) const {
    const Edm edm = edm_of(field.type);
    return edm == Edm::text || edm == Edm::integer || edm == Edm::guid || edm == Edm::boolean;
}

Result<walk::Look> ODataReader::look(std::vector<Condition>& conditions, std::stop_token stop) {
    if (versions_) return walk::Look{.clock = memory_.look(wall_clock_now()), .trusted = true};
    return ApiReader::look(conditions, std::move(stop));
}

std::int64_t ODataReader::time_of(const Value& watermark) {
    // of a day nobody knows when in it
    return watermark.kind == Kind::instant || watermark.kind == Kind::naive ? ApiReader::time_of(watermark) : no_time;
}

/// A service without `$count` has rows all the same.
Result<std::int64_t> ODataReader::estimate(std::stop_token stop) {
    if (is_function()) return 0;
    const std::string target = "/" + encoded(subject_.path) + "/$count";
    const auto text = connection_.text({.target = target, .accept = "text/plain"}, most_count, std::move(stop));
    if (!text && text.error().verdict == Verdict::retry && text.error().code != "server_failed")
        return std::unexpected(text.error());
    std::int64_t count = 0;
    if (text) {
        const std::size_t digits = std::min(text->find_first_of("0123456789"), text->size());
        std::from_chars(text->data() + digits, text->data() + text->size(), count);
    }
    return count;
}

RowReader& ODataReader::reader_of(std::span<const Wanted> wanted) {
    std::vector<std::string> names;
    for (const Wanted& one : wanted) names.push_back(one.name);
    for (const auto& reader : readers_)
        if (reader->shape()->names == names) return *reader;
    readers_.push_back(std::make_unique<RowReader>(model_, *subject_.type, std::move(names), definition().key));
    return *readers_.back();
}

Result<api::Answer> ODataReader::ask(const api::Question& asked_for, const Feed::Limits& limits, Arena& arena,
                                     std::stop_token stop) {
    api::Question question = asked_for;
    // children are part of the version of what they belong to
    if (listing_) question.fields.assign(selection().columns.begin(), selection().columns.begin() + listed_columns());
    // one row always fits
    const Feed::Limits room{.rows = no_limit, .bytes = std::max(limits.bytes, arena.bytes() + 1)};
    // keys can be asked for by name even where they cannot be compared, of all but functions
    const bool whole = is_function() || (options_.whole && question.keys.empty());
    auto answer =
        whole ? ask_snapshot(question, room, arena, std::move(stop)) : asked(question, room, arena, std::move(stop));
    connection_.close();
    auto shapes = decoder_.take_shapes();
    if (!answer) {
        if (answer.error().verdict == Verdict::stop) services_->doubt(model_);
        return answer;
    }
    std::ranges::move(shapes, std::back_inserter(answer->shapes));
    return answer;
}

Result<api::Answer> ODataReader::asked(const api::Question& question, const Feed::Limits& limits, Arena& arena,
                                       std::stop_token stop) {
    const auto wanted = wanted_of(question.fields);
    const auto options = projection(wanted, *subject_.type, *model_);
    const std::string order = order_by_key(subject_);
    RowReader& rows = reader_of(wanted);
    api::Answer answer{.shapes = {rows.shape()}};
    const bool by_key = !question.keys.empty();
    std::vector<std::string> filters;
    if (by_key) {
        filters = filters_of_keys(question.keys, subject_);
    } else {
        auto filter = filter_of(question, subject_);
        if (!filter) return std::unexpected(filter.error());
        filters.push_back(std::move(*filter));
    }
    const std::size_t before = arena.bytes();
    for (const std::string& filter : filters) {
        std::string target = target_of(subject_, filter, order, by_key ? 0 : question.rows, options);
        const auto more = read_answer(std::move(target), by_key, limits, rows, answer, arena, stop);
        if (!more) return std::unexpected(more.error());
        answer.full = *more;
        if (*more && by_key) break;
    }
    if (by_key) return answer;
    adapt(answer.rows.size(), answer.full && arena.bytes() >= limits.bytes, arena.bytes() - before, limits);
    // who cuts pages without a word cuts them at the same length
    const std::size_t came = answer.rows.size();
    answer.full = answer.full || (came > 0 && came >= largest_);
    largest_ = std::max(largest_, came);
    return answer;
}

/// Pages fit into the limits, if that is known beforehand.
void ODataReader::adapt(std::size_t rows, bool cut, std::size_t bytes, const Feed::Limits& limits) {
    if (cut)
        most_rows_ = std::max<std::size_t>(1, rows);
    else if (rows >= most_rows_ && bytes < limits.bytes / 4)
        most_rows_ = std::min(most_rows_ * 2, options_.page);
}

Result<bool> ODataReader::read_answer(std::string target, bool follow, const Feed::Limits& limits, RowReader& rows,
                                      api::Answer& answer, Arena& arena, std::stop_token stop) {
    std::vector<CutList> cut_lists;
    http::Url url;
    bool more = false;
    for (;;) {
        const auto opened = open_answer(connection_, {.target = std::move(target)}, stop);
        if (!opened) return std::unexpected(opened.error());
        services_->saw_clock(opened->clock);
        clock().saw(opened->clock);
        url = opened->url;
        std::vector<Value> raw;
        bool cut = false;
        auto next = read_page(*opened, limits, raw, arena, cut, stop);
        if (!next) return std::unexpected(next.error());
        for (const Value& row : raw) {
            if (row.kind != Kind::object)
                return std::unexpected(connection_.fault(Verdict::retry, "bad_row", "a row is no object"));
            answer.rows.push_back(rows.read(row, arena, cut_lists));
        }
        more = cut || !next->empty();
        if (cut || next->empty() || !follow) break;
        target = std::move(*next);
    }
    if (auto completed = complete(std::move(cut_lists), url, rows, arena, std::move(stop)); !completed)
        return std::unexpected(completed.error());
    return more;
}

/// The link to the next page; empty: this was the last. `cut`: the limits were reached.
Result<std::string> ODataReader::read_page(const http::Answer& opened, const Feed::Limits& limits,
                                           std::vector<Value>& rows, Arena& arena, bool& cut, std::stop_token stop) {
    http::RowStream stream(connection_, decoder_, rows_pointer(subject_.version));
    const auto ended = stream.read(rows, limits, arena, std::move(stop));
    if (!ended) return std::unexpected(ended.error());
    cut = !*ended;
    if (cut) return std::string();
    const auto around = stream.envelope(arena);
    if (!around) return std::unexpected(around.error());
    if (const std::string told = told_error(*around); !told.empty())
        return std::unexpected(connection_.fault(Verdict::retry, "source_error", told));
    if (!stream.found()) {
        // services of the first version have no `results`
        const std::vector<std::string> d{"d"};
        const Value* const list = http::find_in(*around, d);
        if (list == nullptr || list->kind != Kind::list)
            return std::unexpected(connection_.fault(Verdict::stop, "rows_not_found", "there are no rows in it"));
        rows.insert(rows.end(), list->items().begin(), list->items().end());
    }
    const std::string_view link = next_link(*around);
    if (link.empty()) return std::string();
    return services_->http().link(link, opened.url);
}

/// Expanded lists that the server cut: their links are followed, and those in what comes then.
Result<void> ODataReader::complete(std::vector<CutList> cut_lists, const http::Url& from, RowReader& rows, Arena& arena,
                                   std::stop_token stop) {
    const Feed::Limits all{.rows = no_limit, .bytes = no_limit};
    while (!cut_lists.empty()) {
        CutList list = std::move(cut_lists.back());
        cut_lists.pop_back();
        auto target = services_->http().link(list.link, from);
        while (target && !target->empty()) {
            const auto opened = open_answer(connection_, {.target = *target}, stop);
            if (!opened) return std::unexpected(opened.error());
            std::vector<Value> rest;
            bool cut = false;
            target = read_page(*opened, all, rest, arena, cut, stop);
            if (target) rows.append(list, rest, arena, cut_lists);
        }
        if (!target) return std::unexpected(target.error());
    }
    return {};
}

/// A snapshot is of one question: a search that comes between the pages of a scan has another.
Result<api::Answer> ODataReader::ask_snapshot(const api::Question& question, const Feed::Limits& limits, Arena& arena,
                                              std::stop_token stop) {
    const auto wanted = wanted_of(question.fields);
    auto filter =
        filter_of({.since = question.since, .touched = question.touched, .sought = question.sought}, subject_);
    if (!filter) return std::unexpected(filter.error());
    // the arguments of a function may choose among its columns already
    std::vector<std::string> options;
    if (!is_function()) options = projection(wanted, *subject_.type, *model_);
    std::string target = target_of(subject_, *filter, {}, 0, options);
    const std::string of = fmt::format("{} {}", target, fmt::join(question.fields, ","));
    if (question.behind.empty() || !snapshot_.is_of(of)) {
        RowReader& rows = reader_of(wanted);
        snapshot_.clear();
        api::Answer all{.shapes = {rows.shape()}};
        Arena own;
        const Feed::Limits everything{.rows = no_limit, .bytes = no_limit};
        const auto more = read_answer(std::move(target), true, everything, rows, all, own, std::move(stop));
        if (!more) return std::unexpected(more.error());
        std::ranges::move(decoder_.take_shapes(), std::back_inserter(all.shapes));
        snapshot_.fill(of, std::move(own), std::move(all.shapes), all.rows, definition().key);
    }
    api::Answer answer{.shapes = {snapshot_.shapes().begin(), snapshot_.shapes().end()}};
    for (const auto& key : question.keys)
        if (const auto row = snapshot_.find(key, arena)) answer.rows.push_back(*row);
    if (question.keys.empty())
        answer.full = snapshot_.take(question.behind, {question.rows, limits.bytes}, arena, answer.rows);
    if (!answer.full) snapshot_.clear();
    return answer;
}

}  // namespace tributary::odata
