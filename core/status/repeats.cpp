#include "core/status/repeats.hpp"

namespace tributary {

namespace {

template <typename Kinds, typename Over>
std::vector<Repeats::Held> take(Kinds& kinds, Over over) {
    std::vector<Repeats::Held> held;
    std::erase_if(kinds, [&](const auto& each) {
        if (!over(each.second)) return false;
        if (each.second.held > 0) held.push_back({each.first, each.second.held});
        return true;
    });
    return held;
}

}  // namespace

bool Repeats::pass(const Kind& kind, std::int64_t now) {
    const auto found = kinds_.find(kind);
    if (found == kinds_.end()) {
        if (kinds_.size() < most_kinds) kinds_.emplace(kind, Entry{.written = now});
        return true;
    }
    ++found->second.held;
    return false;
}

std::vector<Repeats::Held> Repeats::expire(std::int64_t now) {
    // a clock that was set back must not hold lines back until it has caught up
    return take(kinds_, [&](const Entry& each) { return now < each.written || now - each.written >= window_; });
}

std::vector<Repeats::Held> Repeats::expire_all() {
    return take(kinds_, [](const Entry&) { return true; });
}

}  // namespace tributary
