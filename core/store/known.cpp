#include "core/store/state_row.hpp"
#include "core/store/statements.hpp"
#include "core/store/store.hpp"

namespace tributary {

Result<bool> Store::knows(StreamNo stream, std::string_view key) {
    const RowPlace place = place_of(stream, key);
    Statement& find = place.numeric ? statements_->find_number : statements_->find_text;
    if (place.numeric) {
        find.bind(1, place.number);
    } else {
        find.bind(1, std::int64_t{stream});
        find.bind_blob(2, key);
    }
    const auto there = find.step();
    if (!there) return std::unexpected(there.error());
    find.reset();
    if (*there || !has_rejects(stream)) return *there;
    const auto reject = find_reject(stream, key);
    if (!reject) return std::unexpected(reject.error());
    return reject->has_value();
}

}  // namespace tributary
