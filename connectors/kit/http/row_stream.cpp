#include "connectors/kit/http/row_stream.hpp"

#include <fmt/format.h>

#include <limits>
#include <utility>

namespace tributary::http {

/// The scanner knows neither who was asked nor what was answered.
Error RowStream::fault(Error error) const {
    const std::string what = std::exchange(error.what, {});
    return connection_->fault(error.verdict, std::move(error.code), what);
}

Result<bool> RowStream::read(std::vector<Value>& rows, const Feed::Limits& limits, Arena& arena, std::stop_token stop) {
    while (rows.size() < limits.rows && arena.bytes() < limits.bytes + Arena::chunk_bytes) {
        const auto element = scanner_.next();
        if (!element) return std::unexpected(fault(element.error()));
        if (!element->empty()) {
            if (auto taken = take(*element, rows, arena); !taken) return std::unexpected(taken.error());
        } else if (auto read = more(stop); !read) {
            return std::unexpected(read.error());
        } else if (*read) {
            return true;
        }
    }
    return false;
}

/// True: that was all, and the text is whole.
Result<bool> RowStream::more(std::stop_token stop) {
    auto bytes = connection_->read(std::move(stop));
    if (!bytes) return std::unexpected(bytes.error());
    if (!bytes->empty()) {
        scanner_.push({bytes->data(), bytes->size()});
        return false;
    }
    scanner_.end();
    // behind the end of the list there may be something that is no JSON
    const auto rest = scanner_.next();
    if (!rest) return std::unexpected(fault(rest.error()));
    return true;
}

Result<void> RowStream::take(std::span<char> text, std::vector<Value>& rows, Arena& arena) {
    const auto row = decoder_->decode(text, arena);
    if (!row)
        return std::unexpected(fault({Verdict::retry, "bad_json",
                                      fmt::format("the element that ends at byte {} is no JSON", scanner_.offset())}));
    rows.push_back(*row);
    return {};
}

Result<Value> RowStream::envelope(Arena& arena) {
    std::string& text = scanner_.envelope();
    const auto value = decoder_->decode({text.data(), text.size()}, arena);
    if (!value) return std::unexpected(fault({Verdict::retry, "bad_json", "what is around the rows is no JSON"}));
    return *value;
}

Error RowStream::rows_not_found() const {
    return connection_->fault(Verdict::stop, "rows_not_found", "there is no list of rows at the place `rows` names");
}

/// What is around rows that are nowhere is everything, and its size and depth are looked at on the way.
Result<Value> read_value(Connection& connection, JsonDecoder& decoder, Arena& arena, std::stop_token stop) {
    RowStream stream(connection, decoder, {"no such member"});
    constexpr std::size_t all = std::numeric_limits<std::size_t>::max() / 2;
    std::vector<Value> none;
    const auto read = stream.read(none, {.rows = all, .bytes = all}, arena, std::move(stop));
    if (!read) return std::unexpected(read.error());
    return stream.envelope(arena);
}

}  // namespace tributary::http
