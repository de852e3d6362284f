#include "connectors/kit/walk/version_memory.hpp"

#include <xxhash.h>

#include <algorithm>
#include <string>
#include <utility>

namespace tributary::walk {
namespace {

std::uint64_t hash_of(std::span<const Mark> key, std::string_view version) {
    std::string text;
    for (const Mark& part : key) text += std::to_string(part.text.size()) + ":" + part.text;
    text += version;
    return XXH3_64bits(text.data(), text.size());
}

}  // namespace

std::int64_t VersionMemory::look(std::int64_t now) {
    looked_ = std::max(looked_ + 1, now);
    return looked_;
}

void VersionMemory::begin_load() {
    known_.clear();
    known_at_ = 0;
    seen_.clear();
    seen_at_ = looked_;
    whole_ = true;
    last_.clear();
}

void VersionMemory::begin_round(std::int64_t from) {
    if (whole_ && from == seen_at_) {
        std::ranges::sort(seen_);
        known_ = std::move(seen_);
    } else if (from != known_at_) {
        known_.clear();
    }
    known_at_ = from;
    seen_.clear();
    seen_at_ = looked_;
    whole_ = true;
    last_.clear();
}

void VersionMemory::go_on(std::span<const Mark> after) {
    if (whole_ && std::ranges::equal(after, last_)) return;
    whole_ = false;
    known_.clear();
    known_at_ = 0;
}

bool VersionMemory::knows(std::span<const Mark> key, std::string_view version) const {
    return std::ranges::binary_search(known_, hash_of(key, version));
}

void VersionMemory::saw(std::span<const Mark> key, std::string_view version) {
    if (whole_) seen_.push_back(hash_of(key, version));
}

void VersionMemory::page_ended(std::span<const Mark> last) { last_.assign(last.begin(), last.end()); }

}  // namespace tributary::walk
