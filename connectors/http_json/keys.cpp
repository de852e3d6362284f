#include <algorithm>
#include <utility>

#include "connectors/http_json/feed.hpp"
#include "core/model/key_text.hpp"
#include "core/model/time.hpp"

namespace tributary::http_json {
namespace {

/// A page of the listing, however long: its keys wait until they are asked for.
constexpr Feed::Limits listed_page{.rows = 10'000};

std::string path_of(std::string path, const std::vector<std::string>& columns, const std::vector<std::string>& key) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const std::string place = "{" + columns[i] + "}";
        const std::string value = http::percent_encoded(key[i]);
        for (auto at = path.find(place); at != std::string::npos; at = path.find(place, at + value.size()))
            path.replace(at, place.size(), value);
    }
    return path;
}

}  // namespace

Result<std::vector<KeyVersion>> ListFeed::keys(std::uint32_t, std::string_view from, std::size_t most,
                                               std::stop_token stop) {
    if (from.empty()) {
        listing_ = {};
        lister_ = std::make_unique<ListFeed>(definition_, service_, Reads::all);
    }
    if (from != listing_.last || (!lister_ && !listing_.done))
        return fail(Verdict::retry, "listing_lost", "keys are listed from the first one on, without gaps");
    while (listing_.waiting.size() < most && !listing_.done)
        if (auto listed = list_page(stop); !listed) return std::unexpected(listed.error());
    const auto size = static_cast<std::ptrdiff_t>(std::min(most, listing_.waiting.size()));
    std::vector<KeyVersion> keys(std::make_move_iterator(listing_.waiting.begin()),
                                 std::make_move_iterator(listing_.waiting.begin() + size));
    listing_.waiting.erase(listing_.waiting.begin(), listing_.waiting.begin() + size);
    if (!keys.empty()) listing_.last = joined_key(keys.back().key);
    if (listing_.done && listing_.waiting.empty()) lister_.reset();
    return keys;
}

Result<void> ListFeed::list_page(std::stop_token stop) {
    const auto page = lister_->pull(listing_.position, listed_page, std::move(stop));
    if (!page) return std::unexpected(page.error());
    if (!page->conditions.empty())
        return fail(Verdict::retry, page->conditions.front().code, page->conditions.front().what);
    listing_.position = page->next;
    listing_.done = !page->more;
    Arena arena;
    std::unordered_set<std::string> listed;
    for (const Row& row : page->rows) {
        KeyVersion key;
        for (const Value& part : row.key)
            if (const KeyText text = key_text(part, arena)) key.key.emplace_back(text.text);
        if (key.key.size() != key_.size()) continue;  // a reject, which the polls tell
        std::string joined = joined_key(key.key);
        // an empty one would read as the start of another listing
        if (joined.empty() || listing_.before.contains(joined) || !listed.insert(std::move(joined)).second) continue;
        key.version = row.position;
        listing_.waiting.push_back(std::move(key));
    }
    listing_.before = std::move(listed);
    return {};
}

Result<Batch> ListFeed::fetch(std::uint32_t, std::span<const std::vector<std::string>> keys, std::stop_token stop) {
    if (definition_.item.empty())
        return fail(Verdict::stop, "not_offered",
                    "without `item`, rows of " + definition_.stream + " cannot be read by key");
    Batch batch;
    batch.read_at = wall_clock_now();
    batch.cause = Cause::repair;
    page_.reset();  // over the same connection
    for (const std::vector<std::string>& key : keys)
        if (auto fetched = fetch_one(key, batch, stop); !fetched) return std::unexpected(fetched.error());
    batch.shapes = decoder_.take_shapes();
    return batch;
}

Result<void> ListFeed::fetch_one(const std::vector<std::string>& key, Batch& batch, std::stop_token stop) {
    if (key.size() != key_.size())
        return fail(Verdict::stop, "bad_key", "a key of " + definition_.stream + " has another number of fields");
    http::Request request{.target = path_of(definition_.item, definition_.key, key), .good = {404, 410}};
    const auto answer = connection_.open(request, stop);
    if (!answer) return std::unexpected(answer.error());
    if (answer->status == 404 || answer->status == 410) {
        connection_.close();
        return {};
    }
    auto item = read_item(batch.arena, std::move(stop));
    if (!item) return std::unexpected(item.error());
    const Value* const found = http::find_in(*item, definition_.item_row);
    if (found == nullptr || found->kind != Kind::object)
        return std::unexpected(
            connection_.fault(Verdict::stop, "no_item", "there is no row at the place `item_row` names"));
    (void)make_row(*found, batch);
    return {};
}

/// A whole answer is looked at as the one element of a list: the same caps hold.
Result<Value> ListFeed::read_item(Arena& arena, std::stop_token stop) {
    http::RowScanner scanner({}, service_->settings().caps);
    scanner.push("[");
    for (;;) {
        const auto bytes = connection_.read(stop);
        if (!bytes) return std::unexpected(bytes.error());
        scanner.push(bytes->empty() ? std::string_view("]") : std::string_view(bytes->data(), bytes->size()));
        const auto element = scanner.next();
        if (!element)
            return std::unexpected(
                connection_.fault(element.error().verdict, element.error().code, element.error().what));
        const auto value = element->empty() ? std::nullopt : decoder_.decode(*element, arena);
        if (value) {
            connection_.close();
            return *value;
        }
        if (bytes->empty() || !element->empty())
            return std::unexpected(
                connection_.fault(Verdict::retry, "bad_json", "the answer is no JSON, or a part of it"));
    }
}

}  // namespace tributary::http_json
