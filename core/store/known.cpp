#include "core/store/state_row.hpp"
#include "core/store/statements.hpp"
#include "core/store/store.hpp"

namespace tributary {

namespace {

Result<bool> finds(Statement& find) {
    const auto there = find.step();
    if (!there) return std::unexpected(there.error());
    find.reset();
    return *there;
}

}  // namespace

Result<bool> Store::has_number(StreamNo stream, std::int64_t place) {
    const auto possible = may_hold(stream, place);
    if (!possible || !*possible) return possible;
    if (auto flushed = statements_->numbers.flush(); !flushed) return std::unexpected(flushed.error());
    statements_->find_number.bind(1, place);
    return finds(statements_->find_number);
}

Result<bool> Store::has_text(StreamNo stream, std::string_view key) {
    statements_->find_text.bind(1, std::int64_t{stream});
    statements_->find_text.bind_blob(2, key);
    return finds(statements_->find_text);
}

Result<bool> Store::knows(StreamNo stream, std::string_view key) {
    const RowPlace place = place_of(stream, key);
    const auto there = place.numeric ? has_number(stream, place.number) : has_text(stream, key);
    if (!there || *there || !has_rejects(stream)) return there;
    const auto reject = find_reject(stream, key);
    if (!reject) return std::unexpected(reject.error());
    return reject->has_value();
}

}  // namespace tributary
