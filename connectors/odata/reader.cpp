#include "connectors/odata/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "core/model/time.hpp"

namespace tributary::odata {
namespace {

constexpr std::size_t most_count = 1'000;  ///< Bytes of `$count`.

bool is_time(Edm edm) { return edm == Edm::date || edm == Edm::moment || edm == Edm::instant; }

}  // namespace

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
    auto subject = subject_of(definition(), *model_);
    if (!subject) return std::unexpected(subject.error());
    subject_ = std::move(*subject);
    if (!definition().time_zone.empty()) {
        auto zone = table::LocalTime::of(definition().time_zone);
        if (!zone) return std::unexpected(zone.error());
        zone_ = std::move(*zone);
    }
    subject_.zone = zone_ ? &*zone_ : nullptr;
    if (!definition().watermark) return {};
    std::vector<std::string> stamps{definition().watermark->column};
    stamps.insert(stamps.end(), options_.also_changed.begin(), options_.also_changed.end());
    for (const std::string& name : stamps) {
        const auto found = property_of(definition(), *subject_.type, name);
        if (!found) return std::unexpected(found.error());
        if (!subject_.stamps.empty() && !is_time((*found)->edm))
            return fail(Verdict::stop, "bad_watermark", "'" + name + "' of " + definition().table + " holds no times");
        subject_.stamps.push_back(*found);
    }
    versions_ = !is_time(subject_.stamps.front()->edm);
    if (versions_ && definition().watermark->overlap)
        return fail(Verdict::stop, "bad_watermark",
                    "'" + definition().watermark->column + "' of " + definition().table +
                        " tells versions and no times: there is nothing to read back, leave `overlap` out");
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
        metadata.fields.push_back({.name = property.name,
                                   .type = property.type,
                                   .target = leads ? property.type : "",
                                   .wall_clock = property.edm == Edm::moment});
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
    const Feed::Limits room{.rows = most_of_all, .bytes = std::max(limits.bytes, arena.bytes() + 1)};
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
    if (auto checked = check_progress(question, answer); !checked) return std::unexpected(checked.error());
    adapt(answer.rows.size(), answer.full && arena.bytes() >= limits.bytes, arena.bytes() - before, limits);
    // who cuts pages without a word cuts them at the same length
    const std::size_t came = answer.rows.size();
    answer.full = answer.full || (came > 0 && came >= largest_);
    largest_ = std::max(largest_, came);
    return answer;
}

/// A server that does not do what a filter says would be read for ever.
Result<void> ODataReader::check_progress(const api::Question& question, const api::Answer& answer) const {
    if (question.behind.empty()) return {};
    const auto is_last = [&](const Value& row) {
        for (std::size_t i = 0; i < question.behind.size(); ++i) {
            const int at = row.object->shape->find(definition().key[i]);
            if (at < 0 || walk::mark_of(row.object->values[at]).text != question.behind[i].text) return false;
        }
        return true;
    };
    if (std::ranges::none_of(answer.rows, is_last)) return {};
    return fail(Verdict::stop, "filter_ignored",
                "rows of " + definition().table +
                    " come again although `$filter` asks for those behind them: their key cannot be compared there; "
                    "`paging: whole` does without");
}

/// Pages fit into the limits, if that is known beforehand.
void ODataReader::adapt(std::size_t rows, bool cut, std::size_t bytes, const Feed::Limits& limits) {
    if (cut)
        most_rows_ = std::max<std::size_t>(1, rows);
    else if (rows >= most_rows_ && bytes < limits.bytes / 4)
        most_rows_ = std::min(most_rows_ * 2, options_.page);
}

}  // namespace tributary::odata
