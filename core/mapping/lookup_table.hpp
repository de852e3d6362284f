#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/connector/connector.hpp"

namespace tributary {

/// A look-up read whole: a small table's rows by key. Never changes once it is built, so threads may share it.
class LookupTable {
  public:
    /// The row of this key, its parts as canonical text (core/model/key_text.hpp), or nullptr.
    const Object* find(std::span<const std::string_view> key) const;

    const std::string& name() const { return name_; }
    std::size_t size() const { return rows_.size(); }
    /// A hash of the keys and of these columns (whatever the order of the rows and of the names), in hexadecimal:
    /// equal for tables that say the same to whoever takes nothing else.
    std::string contents(std::span<const std::string> columns) const;
    /// The keys under which two tables say something else in these columns, each with its parts as canonical texts;
    /// nothing when there are more than `most`.
    using Key = std::vector<std::string>;
    std::optional<std::vector<Key>> differences(const LookupTable& other, std::span<const std::string> columns,
                                                std::size_t most) const;

  private:
    friend class LookupBuilder;
    Key parts(std::string_view key) const;

    std::string name_;
    std::size_t key_size_ = 0;
    std::vector<Arena> arenas_;
    std::vector<std::shared_ptr<const Shape>> shapes_;
    Arena keys_;
    std::unordered_map<std::string_view, Object> rows_;
};

/// Makes a table of the batches of one complete read.
class LookupBuilder {
  public:
    static constexpr std::size_t most_bytes = 64 * 1024 * 1024;

    /// `key`: for messages, the columns that name a row; every row brings their values as its key.
    LookupBuilder(std::string name, std::vector<std::string> key, std::size_t most = most_bytes);

    /// Rows with a null in their key can never be found and are passed over. Errors (stop): `lookup_too_large`;
    /// `lookup_key`, where two rows have the same key or one has no usable key. The builder is spent after one.
    Result<> add(Batch batch);
    std::shared_ptr<const LookupTable> finish() { return std::move(table_); }

  private:
    Result<> add(const Row& row);
    std::size_t bytes() const;

    std::vector<std::string> key_;
    std::size_t most_;
    std::shared_ptr<LookupTable> table_;
};

}  // namespace tributary
