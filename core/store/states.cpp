// The states of a store: found by key, written in batches.
#include <algorithm>

#include "core/store/state_row.hpp"
#include "core/store/statements.hpp"
#include "core/store/store.hpp"

namespace tributary {

Result<Statement*> Store::seek(StreamNo stream, std::string_view key) {
    const RowPlace place = place_of(stream, key);
    if (!place.numeric) {
        statements_->find_text.bind(1, std::int64_t{stream});
        statements_->find_text.bind_blob(2, key);
        return &statements_->find_text;
    }
    const auto possible = may_hold(stream, place.number);
    if (!possible) return std::unexpected(possible.error());
    if (!*possible) return nullptr;
    if (auto flushed = statements_->numbers.flush(); !flushed) return std::unexpected(flushed.error());
    statements_->find_number.bind(1, place.number);
    return &statements_->find_number;
}

Result<std::optional<State>> Store::find(StreamNo stream, std::string_view key, Arena& arena) {
    const auto sought = seek(stream, key);
    if (!sought) return std::unexpected(sought.error());
    if (*sought == nullptr) return std::optional<State>();
    Statement& find = **sought;
    auto row = find.step();
    if (!row) return std::unexpected(row.error());
    std::optional<State> state;
    if (*row) {
        state = decode_row(stream, key, find.blob(0));
        if (state) state->document = arena.copy(state->document);
    }
    const bool damaged = *row && !state;
    find.reset();
    if (damaged) return std::unexpected(corrupt("checksum of a record"));
    return state;
}

Result<Known> Store::known(StreamNo stream, std::string_view key, RowVersion version) {
    const auto judge = [&](RowVersion stored) {
        return version == 0 || version == stored ? Known::yes : Known::in_another_version;
    };
    // a row that was rejected after it had made a state is known in the version that was rejected
    if (has_aside(stream)) {
        const auto aside = find_aside(stream, key);
        if (!aside) return std::unexpected(aside.error());
        if (*aside) return judge((*aside)->version);
    }
    const auto sought = seek(stream, key);
    if (!sought) return std::unexpected(sought.error());
    Statement* const find = *sought;
    if (find == nullptr) return Known::no;
    const auto there = find->step();
    if (!there) return std::unexpected(there.error());
    const Known known = *there ? judge(version_in(find->blob(0))) : Known::no;
    find->reset();
    return known;
}

Result<bool> Store::may_hold(StreamNo stream, std::int64_t place) {
    auto highest = highest_.find(stream);
    if (highest == highest_.end()) {
        if (auto flushed = statements_->numbers.flush(); !flushed) return std::unexpected(flushed.error());
        Statement& ask = statements_->highest_number;
        ask.bind(1, static_cast<std::int64_t>(stream) << 48);
        ask.bind(2, static_cast<std::int64_t>(stream + 1) << 48);
        const auto row = ask.step();
        if (!row) return std::unexpected(row.error());
        // of no rows max() is NULL, which reads as 0: a place, but none behind which a row could lie
        highest = highest_.emplace(stream, ask.integer(0)).first;
        ask.reset();
    }
    return place <= highest->second;
}

Result<> Store::write_number(std::int64_t place, const StateWrite& write) {
    auto& s = *statements_;
    if (!write.erase) {
        if (auto highest = highest_.find(write.stream); highest != highest_.end())
            highest->second = std::max(highest->second, place);
        return s.numbers.add(place, write.stream, write.key, write.state);
    }
    if (auto flushed = s.numbers.flush(); !flushed) return flushed;
    s.erase_number.bind(1, place);
    return s.erase_number.run();
}

Result<> Store::write_text(const StateWrite& write) {
    auto& s = *statements_;
    Statement& statement = write.erase ? s.erase_text : s.put_text;
    statement.bind(1, std::int64_t{write.stream});
    statement.bind_blob(2, write.key);
    if (!write.erase) {
        encode_row(s.row, write.stream, write.key, write.state);
        statement.bind_blob(3, s.row);
    }
    return statement.run();
}

Result<> Store::write(const StateWrite& write) {
    if (auto begun = begin(); !begun) return begun;
    const RowPlace place = place_of(write.stream, write.key);
    auto& s = *statements_;
    if (auto done = place.numeric ? write_number(place.number, write) : write_text(write); !done || !write.member)
        return done;
    Statement& member = write.erase ? s.erase_member : s.put_member;
    const std::string id = encode_id(write.state.id);
    member.bind(1, std::int64_t{write.state.entity});
    member.bind_blob(2, id);
    member.bind(3, std::int64_t{write.stream});
    member.bind_blob(4, write.key);
    return member.run();
}

}  // namespace tributary
