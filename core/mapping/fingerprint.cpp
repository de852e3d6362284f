#include "core/mapping/fingerprint.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <vector>

namespace tributary::mapping {

Fingerprint& Fingerprint::add(std::string_view text) {
    fmt::format_to(std::back_inserter(bytes_), "{}:{}", text.size(), text);
    return *this;
}

Fingerprint& Fingerprint::add(const Node* node) {
    if (node == nullptr || node->is_null()) {
        bytes_ += '~';
    } else if (node->is_scalar()) {
        add(node->scalar);
    } else if (node->is_list()) {
        fmt::format_to(std::back_inserter(bytes_), "[{}", node->items.size());
        for (const Node& item : node->items) add(&item);
    } else {
        std::vector<const Node::Entry*> entries;
        entries.reserve(node->entries.size());
        for (const Node::Entry& entry : node->entries) entries.push_back(&entry);
        std::ranges::sort(entries, {}, [](const Node::Entry* entry) -> const std::string& { return entry->key; });
        fmt::format_to(std::back_inserter(bytes_), "{{{}", entries.size());
        for (const Node::Entry* entry : entries) add(entry->key).add(&entry->value);
    }
    return *this;
}

std::string Fingerprint::text() const {
    const XXH128_hash_t hash = XXH3_128bits(bytes_.data(), bytes_.size());
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace tributary::mapping
