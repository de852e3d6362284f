#include "tests/pipeline/failing_feed.hpp"

namespace tributary::simulation {

Result<> FailingFeed::reached(const char* step) {
    faults_.step(step);
    if (faults_.sources_away.contains(number_))
        return fail(Verdict::retry, "source_away", "the simulated source is away");
    if (faults_.sources_refused.contains(number_))
        return fail(Verdict::stop, "source_refused", "the simulated source refuses us");
    return {};
}

Result<Batch> FailingFeed::pull(const Position& after, const Limits& limits, std::stop_token stop) {
    if (auto there = reached("pull"); !there) return std::unexpected(there.error());
    return feed_->pull(after, limits, std::move(stop));
}

Result<std::vector<KeyVersion>> FailingFeed::keys(std::uint32_t stream, std::string_view from, std::size_t most,
                                                  std::stop_token stop) {
    if (auto there = reached("list keys"); !there) return std::unexpected(there.error());
    return feed_->keys(stream, from, most, std::move(stop));
}

Result<Batch> FailingFeed::fetch(std::uint32_t stream, std::span<const std::vector<std::string>> keys,
                                 std::stop_token stop) {
    if (auto there = reached("fetch"); !there) return std::unexpected(there.error());
    return feed_->fetch(stream, keys, std::move(stop));
}

Result<Batch> FailingFeed::search(std::uint32_t stream, const Sought& sought, const Position& after,
                                  const Limits& limits, std::stop_token stop) {
    if (auto there = reached("search"); !there) return std::unexpected(there.error());
    return feed_->search(stream, sought, after, limits, std::move(stop));
}

Result<std::vector<Finding>> FailingFeed::check(std::uint32_t stream, std::span<const std::string> columns,
                                                std::stop_token stop) {
    return feed_->check(stream, columns, std::move(stop));
}

}  // namespace tributary::simulation
