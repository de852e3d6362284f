#pragma once

#include <optional>
#include <stop_token>
#include <vector>

#include "connectors/kit/http/connection.hpp"
#include "connectors/kit/http/json_decoder.hpp"
#include "connectors/kit/http/row_scanner.hpp"

namespace tributary::http {

/// The rows of one answer of a connection, taken as they arrive: memory is that of the rows asked for, however large
/// the answer is. The rest may be taken in a later pull (`Connection::rest` meanwhile), as long as nothing else is sent
/// over the connection.
class RowStream {
  public:
    /// `connection` has just opened the answer. It and the decoder outlive this.
    RowStream(Connection& connection, JsonDecoder& decoder, Pointer rows)
        : connection_(&connection),
          decoder_(&decoder),
          scanner_(std::move(rows), connection.service().settings().caps) {}

    /// Adds rows, in `arena`, until there are `limits.rows` of them or the arena holds `limits.bytes`. True: that were
    /// all; then `envelope` is what was around them. Fails with `not_json`, `bad_json`, `truncated`, the caps' codes,
    /// and what the connection fails with.
    Result<bool> read(std::vector<Value>& rows, const Feed::Limits& limits, Arena& arena, std::stop_token stop);

    /// Whether the list was there. An answer without it may be an error with status 200: look at the envelope first.
    bool found() const { return scanner_.found(); }
    /// Everything but the rows, whose list is empty in it. Once, behind the end.
    Result<Value> envelope(Arena& arena);
    /// What is said when the list was not there.
    Error rows_not_found() const;

  private:
    Result<void> take(std::span<char> text, std::vector<Value>& rows, Arena& arena);
    Result<bool> more(std::stop_token stop);
    Error fault(Error error) const;

    Connection* connection_;
    JsonDecoder* decoder_;
    RowScanner scanner_;
};

/// The whole of an answer that has no rows and is small, at most 1 MB: an object or a list, in `arena`. `connection`
/// has just opened it. Fails as `RowStream::read` and `envelope` do.
Result<Value> read_value(Connection& connection, JsonDecoder& decoder, Arena& arena, std::stop_token stop);

}  // namespace tributary::http
