#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/kit/http/settings.hpp"
#include "core/model/result.hpp"

namespace tributary::http {

/// A JSON pointer (RFC 6901) in its parts: `/data/items`; empty: the whole.
using Pointer = std::vector<std::string>;
/// Nothing when it neither is empty nor begins with a slash.
std::optional<Pointer> parse_pointer(std::string_view text);

/// Cuts a JSON text that arrives in pieces, of any size, into the elements of one of its lists and what is around
/// them. Looks at brackets, quotes and commas alone: whether an element is JSON, its decoder finds out. Holds one
/// element at a time.
class RowScanner {
  public:
    RowScanner(Pointer rows, Caps caps) : pointer_(std::move(rows)), caps_(caps) {}

    void push(std::string_view bytes);
    /// No more bytes come: what was a piece so far is cut off.
    void end() { ended_ = true; }

    /// The next element, which may be overwritten and is followed by a byte that may be as well. Empty: more bytes are
    /// needed, or the text is whole (`done`). Valid until the next call. Fails (retry) on `truncated` and `bad_json`,
    /// (stop) on `too_deep` and `row_too_large`.
    Result<std::span<char>> next();
    bool done() const { return done_; }
    /// The list was there.
    bool found() const { return found_; }
    /// The text around the elements, with an empty list in their place. Whole when `done`.
    std::string& envelope() { return envelope_; }
    std::uint64_t offset() const { return dropped_ + at_; }  ///< Bytes looked at, for errors.

  private:
    struct Container {
        bool object = false;
        bool on_way = false;    ///< The pointer leads into it.
        bool name_next = true;  ///< Of an object: what comes is a name.
        std::size_t index = 0;  ///< Of a list.
        std::string name = {};  ///< Of the member that comes.
    };
    enum class In { around, rows };
    enum class Expect { first, element, comma };

    Result<bool> around();
    Result<bool> rows();
    Result<bool> element();
    bool scan_string();
    void name_read(std::string_view quoted);
    bool leads_on() const;
    Result<void> open(bool object);
    Result<void> shut(bool object);
    Result<void> keep(std::string_view text);
    void drop_read();
    std::unexpected<Error> too_much_around() const;
    std::unexpected<Error> broken(std::string_view what) const;

    Pointer pointer_;
    Caps caps_;
    std::string buffer_;
    std::size_t at_ = 0;       ///< Looked at.
    std::size_t started_ = 0;  ///< Where the element, or the string around, began.
    std::uint64_t dropped_ = 0;
    std::size_t element_depth_ = 0;  ///< Open brackets in it.
    bool in_element_ = false;
    bool in_string_ = false;
    bool ended_ = false;
    bool found_ = false;
    bool done_ = false;
    bool began_ = false;
    In in_ = In::around;
    Expect expect_ = Expect::first;
    std::vector<Container> open_;
    std::string envelope_;
};

}  // namespace tributary::http
