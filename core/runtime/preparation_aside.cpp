// Rows that are there and make no state: rejected ones, told once by a dead letter, and those that say nothing.
#include <fmt/format.h>

#include "core/runtime/preparation_subject.hpp"

namespace tributary {

namespace {

/// Key and headers of a dead letter: the key twice, the reason with what it quotes, the mapping's file.
constexpr std::size_t letter_allowance = 16 * 1024;

std::string_view decimal_text(std::int64_t number, Arena& arena) { return arena.copy(std::to_string(number)); }

}  // namespace

Result<> Preparation::reject(const Subject& subject, const Reject& reject, Prepared& out) {
    const std::string row = row_json(subject.row);
    const std::uint64_t hash = reject_hash(row, reject, subject.stream.mapping);
    const std::string_view key = subject.key.empty() ? out.arena.copy(fmt::format("#{:016x}", hash)) : subject.key;
    const auto known = aside_of(subject, key, out);
    if (!known) return std::unexpected(known.error());
    const Aside aside{hash, subject.version()};
    const bool told = *known && (*known)->hash == hash;
    if (!told || (subject.stream.compared && (*known)->version != aside.version)) set_aside(subject, key, aside, out);
    if (told) return {};
    Outgoing letter;
    letter.topic = setup_.topics.dead_letter;
    letter.key = subject.message_key(key, out.arena);
    letter.value = dead_letter_body(row, hash, room_beside(letter_allowance), out.arena);
    letter.stream = &subject.stream.whole();
    auto headers = out.arena.array<Header>(8);
    headers[0] = {"source", subject.stream.source};
    headers[1] = {"stream", subject.stream.name};
    headers[2] = {"key", key};
    headers[3] = {"position", subject.row.position};
    headers[4] = {"stage", out.arena.copy(reject.stage)};
    headers[5] = {"reason", out.arena.copy(reject.reason)};
    headers[6] = {"mapping_file", out.arena.copy(reject.file)};
    headers[7] = {"mapping_line", decimal_text(reject.line, out.arena)};
    letter.headers = headers;
    out.bytes += letter.value->size();
    out.messages.push_back(letter);
    ++out.dead_letters;
    return {};
}

Result<bool> Preparation::was_refused(const Subject& subject, Prepared& out) {
    const auto known = aside_of(subject, subject.key, out);
    if (!known) return std::unexpected(known.error());
    return *known && (*known)->published();
}

Result<> Preparation::resolve_reject(const Subject& subject, Prepared& out) {
    const auto known = aside_of(subject, subject.key, out);
    if (!known) return std::unexpected(known.error());
    if (!*known) return {};
    set_aside(subject, subject.key, std::nullopt, out);
    if ((*known)->published()) clear_letter(subject, out);
    return {};
}

/// A row that says nothing is there all the same: a comparison of keys would fetch it again each time.
Result<> Preparation::leave_out(const Subject& subject, Prepared& out) {
    if (!subject.stream.compared) return resolve_reject(subject, out);
    const auto known = aside_of(subject, subject.key, out);
    if (!known) return std::unexpected(known.error());
    const Aside nothing{Aside::says_nothing, subject.version()};
    if (*known == nothing) return {};
    set_aside(subject, subject.key, nothing, out);
    if (*known && (*known)->published()) clear_letter(subject, out);
    return {};
}

void Preparation::clear_letter(const Subject& subject, Prepared& out) {
    Outgoing cleared;
    cleared.topic = setup_.topics.dead_letter;
    cleared.key = subject.message_key(subject.key, out.arena);
    cleared.stream = &subject.stream.whole();
    out.messages.push_back(cleared);
}

Result<std::optional<Aside>> Preparation::aside_of(const Subject& subject, std::string_view key, Prepared& out) {
    if (const auto at = aside_.find(subject.stream.no, key); at >= 0) {
        const AsideWrite& write = out.aside[static_cast<std::size_t>(at)];
        return write.erase ? std::optional<Aside>() : write.aside;
    }
    if (!store_->has_aside(subject.stream.no)) return std::optional<Aside>();
    return store_->find_aside(subject.stream.no, key);
}

void Preparation::set_aside(const Subject& subject, std::string_view key, std::optional<Aside> aside, Prepared& out) {
    aside_.put(subject.stream.no, key, out.aside.size());
    out.aside.push_back({subject.stream.no, key, !aside, aside.value_or(Aside{})});
}

}  // namespace tributary
