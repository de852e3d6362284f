#include "connectors/tryton/errors.hpp"

#include <algorithm>
#include <string>

#include "core/model/utf8.hpp"

namespace tributary::tryton {
namespace {

constexpr std::size_t most_shown = 200;

std::string shown(const Value& value) {
    if (value.kind == Kind::list) return value.size == 0 ? std::string() : shown(value.elements[0]);
    if (value.kind != Kind::text) return {};
    std::string text(value.view().substr(0, most_shown));
    while (!text.empty() && !is_clean_text(text)) text.pop_back();
    std::ranges::replace_if(
        text, [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
    return text;
}

}  // namespace

Error judge(const Value& error) {
    const auto part = [&](std::size_t i) {
        return error.kind == Kind::list && error.size > i ? shown(error.elements[i]) : std::string();
    };
    const std::string name = error.kind == Kind::list ? part(0) : shown(error);
    if (name == "UserError" || name == "UserWarning") return {Verdict::stop, "refused", "Tryton refuses: " + part(1)};
    if (name == "LoginException")
        return {Verdict::retry, "bad_credentials", "the log-in wants more than user and password: " + part(1)};
    if (name == "RateLimitException") return {Verdict::retry, "rate_limited", "Tryton was asked too often"};
    if (name.size() > 2 && name.starts_with('\'') && name.ends_with('\''))
        return {Verdict::stop, "undefined_name", "Tryton knows no field or model " + name};
    return {Verdict::retry, "server_failed", "Tryton failed: " + name};
}

}  // namespace tributary::tryton
