#include "connectors/odoo/domain.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <charconv>

#include "core/model/json_text.hpp"
#include "core/model/times.hpp"

namespace tributary::odoo {
namespace {

constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
constexpr std::string_view nobody = "[\"id\",\"=\",0]";

/// How many expressions an operator joins; 0: it is none.
std::size_t joins(const rapidjson::Value& term) {
    if (!term.IsString()) return 0;
    const std::string_view word(term.GetString(), term.GetStringLength());
    return word == "!" ? 1 : word == "&" || word == "|" ? 2 : 0;
}

bool is_leaf(const rapidjson::Value& term) {
    return term.IsArray() && term.Size() == 3 && term[0].IsString() && term[1].IsString();
}

/// How many expressions stand there one behind the other; nothing where an operator has too few behind it.
std::optional<std::size_t> expressions_in(const rapidjson::Value& terms) {
    std::size_t count = 0;
    for (rapidjson::SizeType i = terms.Size(); i-- > 0;) {
        const std::size_t joined = joins(terms[i]);
        if (joined == 0 && !is_leaf(terms[i])) return std::nullopt;
        if (joined > count) return std::nullopt;
        count -= joined;
        ++count;
    }
    return count;
}

}  // namespace

std::optional<Domain> Domain::parse(std::string_view json) {
    // numbers stay as they were written, so the text itself is taken, without its brackets
    const auto open = json.find_first_not_of(" \t\r\n");
    const auto close = json.find_last_not_of(" \t\r\n");
    rapidjson::Document document;
    document.Parse<flags>(json.data(), json.size());
    if (document.HasParseError() || !document.IsArray()) return std::nullopt;
    const auto expressions = expressions_in(document);
    if (!expressions) return std::nullopt;
    Domain domain;
    domain.expressions_ = *expressions;
    if (*expressions > 0) domain.terms_ = json.substr(open + 1, close - open - 1);
    return domain;
}

void Domain::append(std::string_view terms) {
    if (!terms_.empty() && !terms.empty()) terms_ += ',';
    terms_ += terms;
}

void Domain::add(std::string_view field, std::string_view comparison, std::string_view value) {
    append("[" + json_text(field) + ',' + json_text(comparison) + ',' + std::string(value) + ']');
    ++expressions_;
}

void Domain::add_in(std::string_view field, std::span<const std::string> values) {
    if (values.empty()) {
        append(nobody);
        ++expressions_;
        return;
    }
    std::string list = "[";
    for (const std::string& value : values) list += (list.size() > 1 ? "," : "") + value;
    add(field, "in", list + ']');
}

void Domain::add(const Domain& other) {
    append(other.terms_);
    expressions_ += other.expressions_;
}

std::string Domain::as_one() const {
    std::string all;
    for (std::size_t i = 1; i < expressions_; ++i) all += "\"&\",";
    return all + terms_;
}

void Domain::add_any(std::span<const Domain> others) {
    if (others.empty()) return add_in("id", {});
    std::string all;
    for (std::size_t i = 1; i < others.size(); ++i) all += "\"|\",";
    for (std::size_t i = 0; i < others.size(); ++i) all += (i == 0 ? "" : ",") + others[i].as_one();
    append(all);
    ++expressions_;
}

std::string json_moment(std::int64_t micros) {
    std::int64_t second = micros - micros % micros_per_second;
    if (micros % micros_per_second < 0) second -= micros_per_second;
    second = std::max(second, first_day * micros_per_day);
    char text[instant_size];
    write_instant(second, text);
    std::string moment(text, 19);
    moment[10] = ' ';
    return json_text(moment);
}

std::optional<std::string> json_integer(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return std::to_string(number);
}

}  // namespace tributary::odoo
