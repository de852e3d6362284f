#include "daemon/event_printer.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdio>

#include "core/change/slices.hpp"

namespace tributary {

namespace {

constexpr std::array<std::string_view, 4> colours = {"\033[32m", "\033[33m", "\033[36m", "\033[31m"};

/// What a person would call the thing: its name, else its number or sku, else where it lies.
std::string label_of(std::string_view document) {
    std::string label;
    for (const std::string_view wanted : {"number", "sku", "name", "location", "status", "on_hand"}) {
        Slice member;
        for (Slices members(document); members.next(member);) {
            if (member.name != wanted || member.value.size() > 60) continue;
            std::string_view text = member.value;
            if (text.starts_with('"')) text = text.substr(1, text.size() - 2);
            label += (label.empty() ? "" : "  ") + std::string(text);
        }
    }
    return label;
}

}  // namespace

void EventPrinter::event(const EventView& event) {
    const auto type = static_cast<std::size_t>(event.type);
    ++counts_[event.entity->name][type];
    const std::string_view document = event.after.empty() ? event.before : event.after;
    const std::string_view name = name_of(event.type);
    fmt::print("{}  {:<12} {}{:<14}{} {}\n", event.id.substr(0, 12), event.entity->name, colour_ ? colours[type] : "",
               name, colour_ ? "\033[0m" : "", label_of(document));
    (void)std::fflush(stdout);  // whoever watches through a pipe wants to see it now
}

void EventPrinter::summary() const {
    fmt::print("\n");
    for (const auto& [entity, counts] : counts_)
        fmt::print("  {:<12} created {:>6}  updated {:>6}  status changed {:>6}  deleted {:>6}\n", entity, counts[0],
                   counts[1], counts[2], counts[3]);
    fmt::print("  {:<12} {:>6}\n", "rejects", rejects_);
    (void)std::fflush(stdout);
}

}  // namespace tributary
