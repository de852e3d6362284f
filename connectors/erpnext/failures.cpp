#include "connectors/erpnext/failures.hpp"

#include <fmt/format.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <array>
#include <utility>

#include "connectors/kit/http/errors.hpp"

namespace tributary::erpnext {
namespace {

constexpr unsigned parse_flags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;

std::string_view text_in(const rapidjson::Value& object, const char* name) {
    if (!object.IsObject()) return {};
    const auto found = object.FindMember(name);
    if (found == object.MemberEnd() || !found->value.IsString()) return {};
    return {found->value.GetString(), found->value.GetStringLength()};
}

rapidjson::Document parsed(std::string_view text) {
    rapidjson::Document document;
    document.Parse<parse_flags>(text.data(), text.size());
    return document;
}

/// A list of texts, each of which is an object with the message: JSON in JSON in JSON.
std::string first_message(std::string_view messages) {
    const auto list = parsed(messages);
    if (list.HasParseError() || !list.IsArray() || list.Empty() || !list[0].IsString()) return {};
    const auto first = parsed({list[0].GetString(), list[0].GetStringLength()});
    return first.HasParseError() ? std::string() : std::string(text_in(first, "message"));
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> entities{
    {{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&amp;", "&"}}};

}  // namespace

std::string plain_text(std::string_view html) {
    std::string text;
    for (std::size_t at = 0; at < html.size();) {
        if (html[at] == '<') {
            const std::size_t end = html.find('>', at);
            at = end == std::string_view::npos ? html.size() : end + 1;
            continue;
        }
        const auto entity =
            std::ranges::find_if(entities, [&](const auto& one) { return html.substr(at).starts_with(one.first); });
        text += entity == entities.end() ? html.substr(at, 1) : entity->second;
        at += entity == entities.end() ? 1 : entity->first.size();
    }
    return text;
}

Failure read_failure(int status, std::string_view body) {
    Failure failure{.status = status};
    const auto document = parsed(body);
    if (document.HasParseError() || !document.IsObject()) return failure;
    failure.kind = std::string(text_in(document, "exc_type"));
    failure.unknown_column = text_in(document, "exception").contains("(1054,");
    std::string message = first_message(text_in(document, "_server_messages"));
    if (message.empty()) message = std::string(text_in(document, "_error_message"));
    failure.message = http::excerpt(plain_text(message), false);
    return failure;
}

Error judge(const Failure& failure, const std::string& about) {
    const std::string_view kind = failure.kind;
    const auto as = [&](Verdict verdict, std::string code, std::string_view advice = {}) {
        std::string what = fmt::format("{} answered {}{}{}", about, failure.status, kind.empty() ? "" : " ", kind);
        if (!failure.message.empty()) what += ": " + failure.message;
        if (!advice.empty()) what += fmt::format("; {}", advice);
        return Error{verdict, std::move(code), std::move(what)};
    };
    switch (failure.status) {
        case 403:
            return as(Verdict::stop, "no_right", "give a role of the user the right to read it");
        case 404:
            if (kind.empty())
                return as(Verdict::stop, "not_found",
                          "the site is chosen by the host in `url`; is that its name, and is this a Frappe site?");
            return as(Verdict::stop, "not_found");
        case 417:
            return as(Verdict::stop, kind == "DataError" ? "undefined_column" : "bad_request");
        case 500: {
            const bool ours = kind == "JSONDecodeError" || kind == "ProgrammingError" || failure.unknown_column;
            return ours ? as(Verdict::stop, failure.unknown_column ? "undefined_column" : "bad_request")
                        : as(Verdict::retry, "server_failed");
        }
        default: {
            const Error other = http::status_error(failure.status, {});
            return as(other.verdict, other.code);
        }
    }
}

}  // namespace tributary::erpnext
