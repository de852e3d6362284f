#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tributary {

/// The keys that a source listed, as hashes: 8 bytes each, however long they are. Bounded: what does not fit is divided
/// into parts by hash, of which one is kept; the others are for later listings. Two keys of one hash would hide a
/// delete until the next comparison, which draws another seed.
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

    std::size_t size() const { return hashes_.size(); }
    std::size_t part() const { return part_; }
    std::size_t parts() const { return parts_; }

  private:
    std::uint64_t hash(std::string_view key) const;
    bool ours(std::uint64_t hash) const { return (hash & (parts_ - 1)) == part_; }

    std::size_t most_;
    std::uint64_t seed_ = 0;
    std::size_t part_ = 0;
    std::size_t parts_ = 1;  ///< A power of two.
    std::vector<std::uint64_t> hashes_;
};

}  // namespace tributary
