#include "core/change/through.hpp"

#include <algorithm>
#include <array>

#include "core/change/slices.hpp"
#include "core/model/json_text.hpp"

namespace tributary {

namespace {

constexpr std::string_view label = R"({"$through":)";

/// Of the members of a document only `attributes` can begin alike, where a company has such a name.
bool is_through(const Slice& member) { return member.value.starts_with(label) && member.name != "attributes"; }

std::string_view without_quotes(std::string_view text) {
    return text.size() < 2 ? std::string_view() : text.substr(1, text.size() - 2);
}

/// Canonical keys have no control characters, so that a backslash stands before what it protects.
std::string_view key_in(std::string_view json, Arena& arena) {
    const std::string_view spelled = without_quotes(json);
    if (spelled.find('\\') == std::string_view::npos) return spelled;
    char* const start = arena.allocate(spelled.size());
    char* to = start;
    for (std::size_t i = 0; i < spelled.size(); ++i) {
        if (spelled[i] == '\\' && i + 1 < spelled.size()) ++i;
        *to++ = spelled[i];
    }
    return {start, static_cast<std::size_t>(to - start)};
}

Through read(std::string_view value, Arena& arena) {
    Through through;
    Slice outer;
    if (Slices slices(value); !slices.next(outer)) return through;
    Slice member;
    for (Slices members(outer.value); members.next(member);) {
        if (member.name == "id") through.id = without_quotes(member.value);
        if (member.name == "key") through.key = key_in(member.value, arena);
        if (member.name == "take") through.take = without_quotes(member.value);
    }
    return through;
}

}  // namespace

void append_through(const Through& through, std::string& document) {
    document.append(label).append(R"({"id":")").append(through.id).append(R"(","key":)");
    append_json_text(through.key, document);
    document.append(R"(,"take":")").append(through.take).append("\"}}");
}

std::vector<Through> throughs_of(std::string_view document, Arena& arena) {
    std::vector<Through> found;
    if (document.find(label) == std::string_view::npos) return found;
    Slice member;
    for (Slices members(document); members.next(member);)
        if (is_through(member)) found.push_back(read(member.value, arena));
    return found;
}

std::string_view resolved(std::string_view document, std::span<const std::string_view> ids, Arena& arena) {
    std::size_t most = document.size() + 2;
    for (const std::string_view id : ids) most += id.size() + 2;
    char* const start = arena.allocate(most);
    char* to = start;
    const auto write = [&](std::string_view text) { to = std::ranges::copy(text, to).out; };
    write("{");
    Slice member;
    std::size_t next = 0;
    for (Slices members(document); members.next(member);) {
        const bool through = is_through(member) && next < ids.size();
        const std::string_view id = through ? ids[next++] : std::string_view();
        if (through && id.empty()) continue;
        for (const std::string_view part :
             std::to_array<std::string_view>({to[-1] == '{' ? "" : ",", "\"", member.name, "\":"}))
            write(part);
        for (const std::string_view part :
             std::to_array<std::string_view>({through ? "\"" : "", through ? id : member.value, through ? "\"" : ""}))
            write(part);
    }
    write("}");
    const auto used = static_cast<std::size_t>(to - start);
    arena.shrink(start, most, used);
    return {start, used};
}

}  // namespace tributary
