#include "core/publish/envelope.hpp"

#include <charconv>
#include <cstring>

#include "core/model/times.hpp"

namespace tributary {

namespace {

/// Bytes a JSON string of `text` can take at most, quotes included.
std::size_t most_quoted(std::string_view text) { return text.size() * 6 + 2; }

/// Writes JSON into memory that is known to be large enough.
class Pen {
  public:
    explicit Pen(char* at) : at_(at) {}

    void raw(std::string_view text) {
        std::memcpy(at_, text.data(), text.size());
        at_ += text.size();
    }

    void quoted(std::string_view text) {
        *at_++ = '"';
        for (const char c : text) {
            const auto byte = static_cast<unsigned char>(c);
            if (byte == '"' || byte == '\\') {
                *at_++ = '\\';
                *at_++ = c;
            } else if (byte < 0x20) {
                constexpr std::string_view hex = "0123456789abcdef";
                raw("\\u00");
                *at_++ = hex[byte >> 4];
                *at_++ = hex[byte & 0xf];
            } else {
                *at_++ = c;
            }
        }
        *at_++ = '"';
    }

    char* at() const { return at_; }
    void advance(std::size_t n) { at_ += n; }

  private:
    char* at_;
};

}  // namespace

std::string_view event_body(std::string_view before, std::string_view after, std::span<const std::string> changed,
                            const Origin& origin, bool before_omitted, Arena& arena) {
    std::size_t most = before.size() + after.size() + 256 + most_quoted(origin.source) + most_quoted(origin.stream) +
                       most_quoted(origin.key) + most_quoted(origin.position);
    for (const auto& pointer : changed) most += most_quoted(pointer) + 1;
    char* const start = arena.allocate(most);
    Pen pen(start);
    if (before_omitted) {
        pen.raw(R"({"before":null,"before_omitted":true,"after":)");
    } else {
        pen.raw(R"({"before":)");
        pen.raw(before.empty() ? "null" : before);
        pen.raw(R"(,"after":)");
    }
    pen.raw(after.empty() ? "null" : after);
    pen.raw(R"(,"changed":[)");
    for (std::size_t i = 0; i < changed.size(); ++i) {
        if (i > 0) pen.raw(",");
        pen.quoted(changed[i]);
    }
    pen.raw(R"(],"origin":[{"source":)");
    pen.quoted(origin.source);
    pen.raw(R"(,"stream":)");
    pen.quoted(origin.stream);
    pen.raw(R"(,"key":)");
    pen.quoted(origin.key);
    if (!origin.position.empty()) {
        pen.raw(R"(,"position":)");
        pen.quoted(origin.position);
    }
    if (origin.read_at != no_time) {
        pen.raw(R"(,"read_at":")");
        pen.advance(instant_text(origin.read_at, pen.at()).size());
        pen.raw("\"");
    }
    pen.raw("}]}");
    const auto used = static_cast<std::size_t>(pen.at() - start);
    arena.shrink(start, most, used);
    return {start, used};
}

std::span<const Header> HeaderWriter::of(const EventHead& head, std::uint64_t commit, std::uint64_t index) {
    auto number = [](std::array<char, 24>& into, std::uint64_t value) -> std::string_view {
        const auto end = std::to_chars(into.data(), into.data() + into.size(), value).ptr;
        return {into.data(), static_cast<std::size_t>(end - into.data())};
    };
    const std::string_view commit_text = number(commit_, commit);
    const std::string_view index_text = number(index_, index);
    id_.resize(prefix_);
    id_.append(":").append(commit_text).append(":").append(index_text);
    headers_ = {Header{"ce_specversion", "1.0"},
                Header{"ce_id", id_},
                Header{"ce_source", head.ce_source},
                Header{"ce_type", head.type},
                Header{"ce_subject", head.subject},
                Header{"ce_time", instant_text(head.time, time_.data())},
                Header{"content-type", "application/json"},
                Header{"ce_commit", commit_text},
                Header{"ce_index", index_text},
                Header{"ce_cause", name_of(head.cause)}};
    return headers_;
}

std::string_view name_of(Cause cause) {
    switch (cause) {
        case Cause::change:
            return "change";
        case Cause::load:
            return "load";
        case Cause::reread:
            return "reread";
        case Cause::repair:
            return "repair";
    }
    return "change";
}

std::string_view instant_text(std::int64_t micros, char* to) {
    const std::int64_t writable = is_writable_instant(micros) ? micros : 0;
    return {to, static_cast<std::size_t>(write_instant(writable, to) - to)};
}

}  // namespace tributary
