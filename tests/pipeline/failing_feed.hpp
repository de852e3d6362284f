#pragma once

#include <memory>

#include "core/connector/connector.hpp"
#include "tests/pipeline/faults.hpp"

namespace tributary::simulation {

/// A feed whose source is away or refuses when the schedule says so, and at whose calls the process can die.
class FailingFeed final : public Feed {
  public:
    /// `number`: as Faults counts the feeds.
    FailingFeed(std::size_t number, std::unique_ptr<Feed> feed, Faults& faults)
        : number_(number), feed_(std::move(feed)), faults_(faults) {}

    Result<Batch> pull(const Position& after, const Limits& limits, std::stop_token stop) override;
    Result<std::vector<KeyVersion>> keys(std::uint32_t stream, std::string_view from, std::size_t most,
                                         std::stop_token stop) override;
    Result<Batch> fetch(std::uint32_t stream, std::span<const std::vector<std::string>> keys,
                        std::stop_token stop) override;
    Result<Batch> search(std::uint32_t stream, const Sought& sought, const Position& after, const Limits& limits,
                         std::stop_token stop) override;
    void committed(const Position& position) override { feed_->committed(position); }
    Result<std::vector<Finding>> check(std::uint32_t stream, std::span<const std::string> columns,
                                       std::stop_token stop) override;

  private:
    Result<> reached(const char* step);

    std::size_t number_;
    std::unique_ptr<Feed> feed_;
    Faults& faults_;
};

}  // namespace tributary::simulation
