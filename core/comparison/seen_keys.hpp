#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

namespace tributary {

/// The keys that a source listed, as hashes: 4 bytes each, however long they are, in a place that 10 more bits choose.
/// Bounded: what does not fit is divided into parts by hash, of which one is kept; the others are for later listings.
/// Two keys of one hash (one deleted key in 400,000, beside ten million others) hide a delete until the next
/// comparison, which draws another seed.
class SeenKeys {
  public:
    explicit SeenKeys(std::size_t most) : most_(most) {}

    /// Forgets the keys, not how many parts they take; the listing to come fills this part.
    void begin(std::size_t part, std::uint64_t seed);
    void add(std::string_view key);
    /// Nothing more will be added: from here on `contains` may be asked.
    void close();

    /// A key of another part is none of ours: neither there nor missing.
    bool ours(std::string_view key) const { return ours(hash(key)); }
    bool contains(std::string_view key) const;

    std::size_t size() const { return size_; }
    std::size_t part() const { return part_; }
    std::size_t parts() const { return parts_; }

  private:
    static constexpr std::size_t buckets = 1024;
    static std::size_t bucket_of(std::uint64_t hash) { return hash / (UINT64_MAX / buckets + 1); }

    std::uint64_t hash(std::string_view key) const;
    bool ours(std::uint64_t hash) const { return (hash & (parts_ - 1)) == part_; }
    void halve();

    std::size_t most_;
    std::uint64_t seed_ = 0;
    std::size_t part_ = 0;
    std::size_t parts_ = 1;  ///< A power of two.
    std::size_t size_ = 0;
    /// By bucket; empty until the first key. What grows by being copied would take twice its size, for a moment and as
    /// far as the system is concerned for good.
    std::vector<std::deque<std::uint32_t>> hashes_;
};

}  // namespace tributary
