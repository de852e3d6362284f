#include "daemon/dry_run_printer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "core/change/slices.hpp"
#include "core/model/json_text.hpp"
#include "core/publish/restore.hpp"
#include "daemon/terminal.hpp"

namespace tributary {

namespace {

/// The number events are shown with: as if this were the first commit.
constexpr std::uint64_t first_commit = 1;
constexpr std::size_t most_row_bytes = 400;

std::string_view header(std::span<const Header> headers, std::string_view name) {
    const auto found = std::ranges::find(headers, name, [](const Header& h) { return std::string_view(h.name); });
    return found == headers.end() ? std::string_view() : found->value;
}

std::string json_string(std::string_view text) {
    std::string out;
    if (append_json_text(text, out)) return out;
    std::string readable;
    for (const char c : text) readable += static_cast<unsigned char>(c) < 0x80 ? c : '?';
    out.clear();
    (void)append_json_text(readable, out);
    return out;
}

/// A member a line; the elements of a list below each other.
void print_document(std::string_view document) {
    std::size_t width = 0;
    Slice member;
    for (Slices members(document); members.next(member);) width = std::max(width, member.name.size());
    for (Slices members(document); members.next(member);) {
        std::string_view name = member.name;
        Slice element;
        bool any = false;
        if (member.value.starts_with('['))
            for (Slices elements(member.value); elements.next(element); any = true) {
                fmt::print("    {:<{}}  {}\n", name, width, element.value);
                name = {};
            }
        if (!any) fmt::print("    {:<{}}  {}\n", name, width, member.value);
    }
}

std::string key_of_origin(std::string_view body) {
    EventBody event;
    return read_event_body(body, event) ? event.key : std::string();
}

std::string_view key_in(const Outgoing& message) { return message.key.substr(message.stream->key_prefix.size()); }

}  // namespace

void DryRunPrinter::show(const Prepared& prepared) {
    auto next = prepared.events.begin();
    for (const Outgoing& message : prepared.messages) {
        if (message.stream == nullptr || !message.value) continue;
        Counts& counts = counts_[message.stream];
        if (message.event) {
            const EventView& view = *next++;
            if (counts.events++ < setup_.most) event(message, *message.value, view);
        } else if (message.topic == topics_.dead_letter()) {
            if (counts.rejects++ < setup_.most) reject(message, *message.value);
        }
    }
}

void DryRunPrinter::event(const Outgoing& message, std::string_view body, const EventView& event) {
    const auto headers = headers_.of(message.head, first_commit, index_++);
    if (setup_.json) return line(message, body, headers);
    const Tone tone = event.type == ChangeType::deleted ? Tone::bad : Tone::good;
    fmt::print(
        "{}  {}  {}\n", toned(tone, message.head.type, setup_.colour), event.id,
        toned(Tone::faint, fmt::format("{}/{} {}", event.stream->source, event.stream->name, key_of_origin(body)),
              setup_.colour));
    print_document(event.after.empty() ? event.before : event.after);
}

void DryRunPrinter::reject(const Outgoing& message, std::string_view body) {
    if (setup_.json) return line(message, body, message.headers);
    const std::string_view file = header(message.headers, "mapping_file");
    fmt::print("{}  {}/{} {}\n", toned(Tone::bad, "rejected", setup_.colour), message.stream->source,
               message.stream->name, key_in(message));
    if (!file.empty()) fmt::print("    {}:{}\n", file, header(message.headers, "mapping_line"));
    fmt::print("    {}\n", header(message.headers, "reason"));
    Slice member;
    for (Slices members(body); members.next(member);)
        if (member.name == "row")
            fmt::print("    {}{}\n", member.value.substr(0, most_row_bytes),
                       member.value.size() > most_row_bytes ? "…" : "");
}

void DryRunPrinter::line(const Outgoing& message, std::string_view body, std::span<const Header> headers) {
    std::string out = fmt::format(R"({{"topic":{},"key":{},"headers":{{)", json_string(topics_.name(message.topic)),
                                  json_string(message.key));
    bool first = true;
    for (const Header& one : headers) {
        if (one.name == nullptr) continue;
        out += fmt::format("{}{}:{}", first ? "" : ",", json_string(one.name), json_string(one.value));
        first = false;
    }
    fmt::print("{}}},\"value\":{}}}\n", out, body);
}

void DryRunPrinter::summary(const StreamInfo& stream, bool more) {
    const Counts& counts = counts_[&stream];
    fmt::print(setup_.json ? stderr : stdout, "{}/{}: {} rows read{}, {} events, {} rejects\n{}", stream.source,
               stream.name, counts.rows, more ? ", there are more" : "", counts.events, counts.rejects,
               setup_.json ? "" : "\n");
}

}  // namespace tributary
