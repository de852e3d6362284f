#include "core/change/slices.hpp"

#include <algorithm>

namespace tributary {
namespace {

/// Bytes of the string at the start of `text`, quotes included; 0 when it does not end.
std::size_t size_of_string(std::string_view text) {
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '\\')
            ++i;
        else if (text[i] == '"')
            return i + 1;
    }
    return 0;
}

std::size_t size_of_scalar(std::string_view text) { return std::min(text.find_first_of(",]}"), text.size()); }

/// Brackets are counted, not matched: in valid JSON they match.
std::size_t size_of_container(std::string_view text) {
    std::size_t levels = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"') {
            const auto size = size_of_string(text.substr(i));
            if (size == 0) return 0;
            i += size - 1;
        } else if (c == '{' || c == '[') {
            ++levels;
        } else if (c == '}' || c == ']') {
            if (--levels == 0) return i + 1;
        }
    }
    return 0;
}

std::size_t size_of_value(std::string_view text) {
    if (text.starts_with('"')) return size_of_string(text);
    if (text.starts_with('{') || text.starts_with('[')) return size_of_container(text);
    return size_of_scalar(text);
}

}  // namespace

Slices::Slices(std::string_view container) : named_(container.starts_with('{')) {
    if (named_ || container.starts_with('[')) rest_ = container.substr(1);
}

bool Slices::take_name(std::string_view& name) {
    const auto size = rest_.starts_with('"') ? size_of_string(rest_) : 0;
    if (size == 0 || size == rest_.size() || rest_[size] != ':') return false;
    name = rest_.substr(1, size - 2);
    rest_.remove_prefix(size + 1);
    return true;
}

bool Slices::next(Slice& slice) {
    slice.name = {};
    if (named_ && !take_name(slice.name)) return false;
    const auto size = size_of_value(rest_);
    if (size == 0 || size == rest_.size()) return false;
    slice.value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    rest_.remove_prefix(rest_.starts_with(',') ? 1 : rest_.size());
    return true;
}

std::size_t count_slices(std::string_view container) {
    std::size_t count = 0;
    Slice slice;
    for (Slices slices(container); slices.next(slice);) ++count;
    return count;
}

}  // namespace tributary
