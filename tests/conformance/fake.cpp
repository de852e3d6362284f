#include "tests/conformance/fake.hpp"

#include <rapidjson/document.h>

#include <array>
#include <utility>

namespace tributary::conformance {
namespace {

constexpr std::array options{
    Option{.name = "token", .help = "Lets the caller in.", .required = true, .secret = true},
};

class FakeSource : public Source {
  public:
    FakeSource(std::vector<FeedInfo> feeds, std::string token, FakeConnector::Open open)
        : feeds_(std::move(feeds)), token_(std::move(token)), open_(std::move(open)) {}

    const std::vector<FeedInfo>& feeds() const override { return feeds_; }
    std::unique_ptr<Feed> open(std::size_t feed) override { return open_(feeds_.at(feed), token_); }

  private:
    std::vector<FeedInfo> feeds_;
    std::string token_;
    FakeConnector::Open open_;
};

std::string with_token(std::string_view token) { return "token: " + std::string(token); }

const std::vector<std::pair<std::string, std::string>> two_streams{{"customers", "{}"}, {"orders", "{}"}};

}  // namespace

Result<> FakeServer::enter(std::string_view given) const {
    if (away) return fail(Verdict::retry, "cannot_connect", "the server is away");
    if (given != token) return fail(Verdict::retry, "bad_credentials", "the token is not valid");
    return {};
}

std::span<const Option> FakeConnector::source_options() const { return options; }

std::unique_ptr<Source> FakeConnector::configure(const SourceSettings& settings, Diagnostics&) const {
    std::vector<FeedInfo> feeds;
    for (const StreamSettings& stream : settings.streams) {
        if (feeds.empty() || !traits_.one_feed)
            feeds.push_back({.name = stream.name, .streams = {}, .waits_for_news = traits_.waits_for_news});
        feeds.back().streams.push_back(stream.name);
    }
    return std::make_unique<FakeSource>(std::move(feeds), settings.settings.text("token"), open_);
}

Configuration FakeSubject::configuration() const { return {with_token(FakeServer::token), two_streams}; }

std::vector<Refused> FakeSubject::refused() const {
    return {{"a wrong token", {with_token("wr0ng"), two_streams}, Verdict::retry}};
}

Position position_of(const std::vector<std::int64_t>& numbers) {
    std::string json;
    for (const std::int64_t number : numbers) json += (json.empty() ? "" : ",") + std::to_string(number);
    return {"{\"v\":1,\"at\":[" + json + "]}"};
}

Result<std::vector<std::int64_t>> numbers_in(const Position& position, std::size_t count) {
    std::vector<std::int64_t> numbers(count);
    if (position.empty()) return numbers;
    const auto bad = fail(Verdict::stop, "bad_position", "the stored position cannot be read");
    rapidjson::Document json;
    json.Parse<rapidjson::kParseIterativeFlag>(position.json.data(), position.json.size());
    if (json.HasParseError() || !json.IsObject() || !json.HasMember("at")) return bad;
    const auto& at = json["at"];
    if (!at.IsArray() || at.Size() != count) return bad;
    for (rapidjson::SizeType i = 0; i < at.Size(); ++i) {
        if (!at[i].IsInt64()) return bad;
        numbers[i] = at[i].GetInt64();
    }
    return numbers;
}

BatchBuilder::BatchBuilder(const Feed::Limits& limits) : limits_(limits) {
    const auto shape = std::make_shared<const Shape>(Shape{{"id", "text"}});
    shape_ = shape.get();
    batch_.shapes.push_back(shape);
    batch_.read_at = wall_clock_now();
}

Row& BatchBuilder::add(std::int64_t key, Op op) {
    Row& row = batch_.rows.emplace_back();
    row.op = op;
    const auto id = batch_.arena.array<Value>(1);
    id[0] = Value::of(key);
    if (op != Op::truncate) row.key = id;
    return row;
}

Row& BatchBuilder::add(std::int64_t key, Value text) {
    const auto values = batch_.arena.array<Value>(2);
    values[0] = Value::of(key);
    values[1] = text;
    Row& row = batch_.rows.emplace_back();
    row.key = values.first(1);
    row.values = {shape_, values.data()};
    return row;
}

Row& BatchBuilder::add(std::int64_t key, std::string_view text) {
    bytes_ += text.size();
    return add(key, Value::text(batch_.arena.copy(text)));
}

Batch BatchBuilder::finish(Position next, bool more) {
    batch_.next = std::move(next);
    batch_.more = more;
    if (!more) batch_.current_to = batch_.read_at;
    return std::move(batch_);
}

}  // namespace tributary::conformance
