#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/conformance/subject.hpp"

/// What the fakes share: a configuration with a token, positions of numbers, rows of an id and a text.
namespace tributary::conformance {

/// What a server asks of every call before anything else.
struct FakeServer {
    static constexpr std::string_view token = "t0k3n-0f-th3-f4k3";

    bool away = false;

    Result<> enter(std::string_view given) const;
};

class FakeConnector : public Connector {
  public:
    struct Traits {
        std::string_view name;
        std::span<const std::string_view> offers = {};
        bool one_feed = false;  ///< For all streams; else one for each.
        bool waits_for_news = false;
    };
    using Open = std::function<std::unique_ptr<Feed>(const FeedInfo& feed, const std::string& token)>;

    FakeConnector(Traits traits, Open open) : traits_(std::move(traits)), open_(std::move(open)) {}

    std::string_view name() const override { return traits_.name; }
    std::string_view summary() const override { return "A source in memory"; }
    std::span<const Option> source_options() const override;
    std::span<const Option> stream_options() const override { return {}; }
    std::span<const std::string_view> offers() const override { return traits_.offers; }
    std::unique_ptr<Source> configure(const SourceSettings& settings, Diagnostics& diagnostics) const override;

  private:
    Traits traits_;
    Open open_;
};

/// A subject whose connector opens feeds on a server in the same object.
class FakeSubject : public Subject {
  public:
    FakeSubject(FakeConnector connector, std::shared_ptr<FakeServer> server)
        : connector_(std::move(connector)), server_(std::move(server)) {}

    const Connector& connector() const override { return connector_; }
    Configuration configuration() const override;
    std::string text_column() const override { return "text"; }
    std::vector<std::string> secrets() const override { return {std::string(FakeServer::token)}; }
    std::vector<Refused> refused() const override;

  private:
    FakeConnector connector_;
    std::shared_ptr<FakeServer> server_;
};

/// `{"v":1,"at":[…]}`; an empty position is `count` zeros.
Position position_of(const std::vector<std::int64_t>& numbers);
Result<std::vector<std::int64_t>> numbers_in(const Position& position, std::size_t count);

/// Adds rows until the limits are reached.
class BatchBuilder {
  public:
    explicit BatchBuilder(const Feed::Limits& limits);
    std::string_view copy(std::string_view text) { return batch_.arena.copy(text); }

    bool full() const { return batch_.rows.size() >= limits_.rows || bytes_ >= limits_.bytes; }
    Row& add(std::int64_t key, Op op = Op::upsert);
    Row& add(std::int64_t key, std::string_view text);
    Row& add(std::int64_t key, Value text);
    Batch finish(Position next, bool more);

  private:
    Feed::Limits limits_;
    std::size_t bytes_ = 0;
    Batch batch_;
    const Shape* shape_;
};

}  // namespace tributary::conformance
