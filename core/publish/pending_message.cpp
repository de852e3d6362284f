#include "core/publish/pending_message.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "core/change/slices.hpp"
#include "core/publish/envelope.hpp"

namespace tributary {

namespace {

constexpr std::string_view prefix = "$through/";
constexpr std::array causes = {Cause::change, Cause::load, Cause::reread, Cause::repair};

}  // namespace

std::string pending_key(std::string_view id) { return fmt::format("{}{}", prefix, id); }

std::optional<std::string_view> pending_id(std::string_view key) {
    if (!key.starts_with(prefix)) return std::nullopt;
    return key.substr(prefix.size());
}

std::string encode_pending(const Pending& pending) {
    return fmt::format(R"({{"cause":"{}","at":{}}})", name_of(pending.cause), pending.at);
}

bool decode_pending(std::string_view value, Pending& pending) {
    bool has_cause = false;
    bool has_time = false;
    Slice member;
    for (Slices members(value); members.next(member);) {
        if (member.name == "cause")
            for (const Cause cause : causes)
                if (member.value == fmt::format("\"{}\"", name_of(cause))) {
                    pending.cause = cause;
                    has_cause = true;
                }
        if (member.name == "at")
            has_time = std::from_chars(member.value.data(), member.value.data() + member.value.size(), pending.at).ec ==
                       std::errc();
    }
    return has_cause && has_time;
}

}  // namespace tributary
