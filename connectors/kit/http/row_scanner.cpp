#include "connectors/kit/http/row_scanner.hpp"

#include <rapidjson/document.h>

#include <fmt/format.h>

namespace tributary::http {
namespace {

/// What stands around the rows: counts, links, an error. More than that is an answer whose rows are elsewhere.
constexpr std::size_t most_around = 1024 * 1024;
constexpr std::size_t dropped_from = 256 * 1024;

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// A name as it is meant: servers that write ASCII alone escape the rest.
std::string unquoted(std::string_view quoted) {
    const std::string_view inside = quoted.substr(1, quoted.size() - 2);
    if (!inside.contains('\\')) return std::string(inside);
    rapidjson::Document text;
    text.Parse(quoted.data(), quoted.size());
    return text.IsString() ? std::string(text.GetString(), text.GetStringLength()) : std::string(inside);
}

}  // namespace

std::optional<Pointer> parse_pointer(std::string_view text) {
    Pointer pointer;
    if (text.empty()) return pointer;
    if (text.front() != '/') return std::nullopt;
    while (!text.empty()) {
        text.remove_prefix(1);
        const std::string_view part = text.substr(0, text.find('/'));
        std::string plain;
        for (std::size_t i = 0; i < part.size(); ++i) {
            const std::string_view escape = part.substr(i, 2);
            if (escape == "~0" || escape == "~1") ++i;
            plain += escape == "~0" ? '~' : escape == "~1" ? '/' : escape.front();
        }
        pointer.push_back(std::move(plain));
        text.remove_prefix(part.size());
    }
    return pointer;
}

void RowScanner::push(std::string_view bytes) {
    drop_read();
    buffer_.append(bytes);
}

/// Only when it is much: moving the rest of the buffer for each piece would cost more than it saves.
void RowScanner::drop_read() {
    const std::size_t read = in_element_ || in_string_ ? started_ : at_;
    if (read < dropped_from && read < buffer_.size()) return;
    buffer_.erase(0, read);
    dropped_ += read;
    at_ -= read;
    started_ -= std::min(started_, read);
}

std::unexpected<Error> RowScanner::too_much_around() const {
    return fail(Verdict::stop, "rows_not_found",
                fmt::format("more than {} bytes beside the list of rows", most_around));
}

std::unexpected<Error> RowScanner::broken(std::string_view what) const {
    return fail(Verdict::retry, "bad_json", fmt::format("{} at byte {}", what, offset()));
}

Result<std::span<char>> RowScanner::next() {
    for (;;) {
        const In in = in_;
        const Result<bool> element = in_ == In::rows ? rows() : around();
        if (!element) return std::unexpected(element.error());
        if (*element) return std::span<char>(buffer_.data() + started_, at_ - started_);
        if (in == in_) break;
    }
    if (ended_ && !done_)
        return fail(Verdict::retry, "truncated", fmt::format("the answer is cut off after {} bytes", offset()));
    return std::span<char>();
}

/// Behind the string's end when it is there; true then.
bool RowScanner::scan_string() {
    const char* const data = buffer_.data();
    const std::size_t size = buffer_.size();
    std::size_t at = at_;
    while (at < size) {
        const char c = data[at];
        if (c == '"') {
            at_ = at + 1;
            in_string_ = false;
            return true;
        }
        // the escaped character may not be here yet
        if (c == '\\' && at + 1 >= size) break;
        at += c == '\\' ? 2 : 1;
    }
    at_ = at;
    return false;
}

bool RowScanner::leads_on() const {
    if (open_.empty()) return true;
    const Container& in = open_.back();
    if (!in.on_way || open_.size() > pointer_.size()) return false;
    const std::string& part = pointer_[open_.size() - 1];
    return in.object ? in.name == part : std::to_string(in.index) == part;
}

Result<void> RowScanner::keep(std::string_view text) {
    if (envelope_.size() + text.size() > most_around) return too_much_around();
    envelope_.append(text);
    return {};
}

Result<void> RowScanner::open(bool object) {
    if (open_.size() >= caps_.depth)
        return fail(
            Verdict::stop, "too_deep",
            fmt::format("more than {} lists and objects inside one another (`limits: {{depth: …}}`)", caps_.depth));
    const bool on_way = leads_on();
    open_.push_back({.object = object, .on_way = on_way});
    if (!object && on_way && open_.size() == pointer_.size() + 1 && !found_) {
        found_ = true;
        in_ = In::rows;
        expect_ = Expect::first;
    }
    return {};
}

Result<void> RowScanner::shut(bool object) {
    if (open_.empty() || open_.back().object != object) return broken("a bracket that nothing opened");
    open_.pop_back();
    done_ = open_.empty();
    return {};
}

void RowScanner::name_read(std::string_view quoted) {
    if (open_.empty() || !open_.back().object || !open_.back().name_next) return;
    if (open_.back().on_way) open_.back().name = unquoted(quoted);
    open_.back().name_next = false;
}

/// Copies what it reads into the envelope; stops where the rows begin.
Result<bool> RowScanner::around() {
    while (at_ < buffer_.size()) {
        if (in_string_) {
            if (!scan_string()) break;
            const std::string_view text(buffer_.data() + started_, at_ - started_);
            name_read(text);
            if (auto kept = keep(text); !kept) return std::unexpected(kept.error());
            continue;
        }
        const char c = buffer_[at_];
        if (is_blank(c)) {
            ++at_;
            continue;
        }
        if (done_) return broken("something behind the end");
        if (!std::exchange(began_, true) && c != '{' && c != '[')
            return fail(Verdict::retry, "not_json", "the answer is no JSON");
        started_ = at_++;
        if (c == '"') {
            in_string_ = true;
            continue;
        }
        Result<void> taken = keep({&c, 1});
        if (taken && (c == '{' || c == '[')) taken = open(c == '{');
        if (taken && (c == '}' || c == ']')) taken = shut(c == '}');
        if (!taken) return std::unexpected(taken.error());
        if (c == ',' && !open_.empty()) {
            open_.back().name_next = true;
            ++open_.back().index;
        }
        if (in_ == In::rows) return false;
    }
    // a string that goes on is waited for, but not without end
    if (in_string_ && at_ - started_ > most_around) return too_much_around();
    return false;
}

Result<bool> RowScanner::rows() {
    while (at_ < buffer_.size()) {
        if (in_element_) return element();
        const char c = buffer_[at_];
        if (is_blank(c)) {
            ++at_;
        } else if (c == ']' && expect_ != Expect::element) {
            ++at_;
            in_ = In::around;
            if (auto kept = keep("]"); !kept) return std::unexpected(kept.error());
            if (auto closed = shut(false); !closed) return std::unexpected(closed.error());
            return false;
        } else if (c == ',' && expect_ == Expect::comma) {
            ++at_;
            expect_ = Expect::element;
        } else if (expect_ == Expect::comma || c == ',' || c == '}' || c == ']') {
            return broken("a list that is none");
        } else {
            started_ = at_;
            in_element_ = true;
            element_depth_ = 0;
        }
    }
    return false;
}

Result<bool> RowScanner::element() {
    const std::size_t room = caps_.depth > open_.size() ? caps_.depth - open_.size() : 0;
    while (at_ < buffer_.size()) {
        if (at_ - started_ > caps_.row)
            return fail(Verdict::stop, "row_too_large",
                        fmt::format("a row of more than {} bytes (`limits: {{row: …}}`)", caps_.row));
        if (in_string_ && !scan_string()) break;
        bool ended = false;
        while (!ended && at_ < buffer_.size()) {
            const char c = buffer_[at_];
            if (c == '"') {
                ++at_;
                in_string_ = true;
                break;
            }
            if (c == '{' || c == '[') {
                if (++element_depth_ > room)
                    return fail(
                        Verdict::stop, "too_deep",
                        fmt::format("more than {} lists and objects inside one another (`limits: {{depth: …}}`)",
                                    caps_.depth));
            } else if (c == '}' || c == ']') {
                // a scalar ends where its list does
                ended = element_depth_ <= 1;
                if (element_depth_-- == 0) break;
            } else if (element_depth_ == 0 && (c == ',' || is_blank(c))) {
                ended = true;
                break;
            }
            ++at_;
        }
        if (!ended) continue;
        in_element_ = false;
        expect_ = Expect::comma;
        // the byte behind it is restored by whoever overwrites it
        return true;
    }
    return false;
}

}  // namespace tributary::http
