#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/connector/connector.hpp"

namespace tributary::table {

/// A feed that pulls in its own way, and for all else is the one it stands around: of one stream.
class FeedAround : public Feed {
  public:
    explicit FeedAround(std::unique_ptr<Feed> rows) : rows_(std::move(rows)) {}

    Result<std::vector<KeyVersion>> keys(std::uint32_t stream, std::string_view from, std::size_t most,
                                         std::stop_token stop) override {
        return rows_->keys(stream, from, most, std::move(stop));
    }
    Result<Batch> fetch(std::uint32_t stream, std::span<const std::vector<std::string>> keys,
                        std::stop_token stop) override {
        return rows_->fetch(stream, keys, std::move(stop));
    }
    Result<Batch> search(std::uint32_t stream, const Sought& sought, const Position& after, const Limits& limits,
                         std::stop_token stop) override {
        return rows_->search(stream, sought, after, limits, std::move(stop));
    }

  protected:
    Feed& rows() { return *rows_; }

    /// Of those of a batch, joined as record keys.
    static std::unordered_set<std::string> keys_in(const Batch& batch);
    /// Adds that the row of this key, as canonical texts, is gone since `at`.
    static void add_gone(std::span<const std::string> key, std::int64_t at, Batch& batch);

  private:
    std::unique_ptr<Feed> rows_;
};

}  // namespace tributary::table
