#include "core/change/document_tree.hpp"

#include <rapidjson/reader.h>

#include <algorithm>
#include <numeric>

namespace tributary {
namespace {

using Kind = DocumentNode::Kind;

/// Up to here members are looked up one by one; larger objects keep their members in the order of their names.
constexpr std::size_t small_object = 16;

/// Iterative: the default parse recurses and overflows the stack on deep nesting. Numbers stay text, so none is
/// rounded. In situ on the tree's own copy: strings need no memory of their own.
constexpr unsigned ascii_flags =
    rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseInsituFlag;

/// RapidJSON checks byte by byte, which takes as long as the rest of the parse.
constexpr unsigned utf8_flags = ascii_flags | rapidjson::kParseValidateEncodingFlag;

bool is_ascii(std::string_view text) {
    unsigned char all = 0;
    for (const char c : text) all |= static_cast<unsigned char>(c);
    return all < 0x80;
}

bool repeats_a_name(std::span<const DocumentNode> members) {
    for (std::size_t i = 1; i < members.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (members[i].name == members[j].name) return true;
    return false;
}

}  // namespace

/// Handler of RapidJSON's events: values wait on a stack until the end of their container moves them to the tree.
/// An event that returns false ends the parse.
struct DocumentTree::Parser {
    bool Null() { return add(Kind::null, {}); }
    bool Bool(bool truth) {
        add(Kind::boolean, {});
        waiting.back().truth = truth;
        return true;
    }
    bool RawNumber(const char* start, rapidjson::SizeType size, bool) { return add(Kind::number, {start, size}); }
    bool String(const char* start, rapidjson::SizeType size, bool) { return add(Kind::string, {start, size}); }
    bool Key(const char* start, rapidjson::SizeType size, bool) {
        waiting.emplace_back().name = {start, size};
        named = true;
        return true;
    }
    bool StartObject() { return start(Kind::object); }
    bool StartArray() { return start(Kind::array); }
    bool EndObject(rapidjson::SizeType count) { return end(count) && index_names(waiting.back()); }
    bool EndArray(rapidjson::SizeType count) { return end(count); }

    // Never called: numbers come as text.
    bool Int(int) { return false; }
    bool Uint(unsigned) { return false; }
    bool Int64(std::int64_t) { return false; }
    bool Uint64(std::uint64_t) { return false; }
    bool Double(double) { return false; }

    bool add(Kind kind, std::string_view text) {
        auto& node = named ? waiting.back() : waiting.emplace_back();
        named = false;
        node.kind = kind;
        node.text = text;
        return true;
    }

    bool start(Kind kind) {
        add(kind, {});
        return ++levels <= most_levels;
    }

    bool end(std::size_t count) {
        const auto children = waiting.end() - static_cast<std::ptrdiff_t>(count);
        auto& container = *std::prev(children);
        container.first = static_cast<std::uint32_t>(tree.nodes_.size());
        container.count = static_cast<std::uint32_t>(count);
        tree.nodes_.insert(tree.nodes_.end(), children, waiting.end());
        waiting.erase(children, waiting.end());
        --levels;
        return true;
    }

    /// False when a name is repeated.
    bool index_names(DocumentNode& object) {
        const auto members = tree.children(object);
        if (members.size() <= small_object) return !repeats_a_name(members);
        object.first_order = static_cast<std::uint32_t>(tree.orders_.size());
        tree.orders_.resize(tree.orders_.size() + members.size());
        const auto order = std::span(tree.orders_).last(members.size());
        const auto name = [&](std::uint32_t i) { return members[i].name; };
        std::iota(order.begin(), order.end(), 0U);
        std::ranges::sort(order, {}, name);
        return std::ranges::adjacent_find(order, {}, name) == order.end();
    }

    bool parse(std::string_view document) {
        // The text ends at the first NUL for RapidJSON; in JSON a NUL is always escaped.
        if (document.find('\0') != std::string_view::npos) return false;
        copy.assign(document.begin(), document.end());
        copy.push_back('\0');
        waiting.clear();
        levels = 0;
        named = false;
        rapidjson::InsituStringStream stream(copy.data());
        const auto& parsed =
            is_ascii(document) ? reader.Parse<ascii_flags>(stream, *this) : reader.Parse<utf8_flags>(stream, *this);
        return !parsed.IsError() && waiting.front().kind == Kind::object;
    }

    explicit Parser(DocumentTree& owner) : tree(owner) {}

    DocumentTree& tree;
    rapidjson::Reader reader;
    std::vector<char> copy;
    std::vector<DocumentNode> waiting;
    std::size_t levels = 0;
    bool named = false;  ///< The last of `waiting` is a member that has a name and no value yet.
};

DocumentTree::DocumentTree() : parser_(std::make_unique<Parser>(*this)) {}
DocumentTree::~DocumentTree() = default;

bool DocumentTree::read(std::string_view text) {
    nodes_.clear();
    orders_.clear();
    const bool read = parser_->parse(text);
    root_ = read ? parser_->waiting.front() : DocumentNode{};
    return read;
}

const DocumentNode* DocumentTree::find(const DocumentNode& object, std::string_view name, std::size_t expected) const {
    const auto members = children(object);
    if (expected < members.size() && members[expected].name == name) return &members[expected];
    if (members.size() > small_object) return find_in_order(object, name);
    const auto found = std::ranges::find(members, name, &DocumentNode::name);
    return found == members.end() ? nullptr : &*found;
}

const DocumentNode* DocumentTree::find_in_order(const DocumentNode& object, std::string_view name) const {
    const auto members = children(object);
    const auto order = std::span(orders_).subspan(object.first_order, object.count);
    const auto found = std::ranges::lower_bound(order, name, {}, [&](std::uint32_t i) { return members[i].name; });
    return found == order.end() || members[*found].name != name ? nullptr : &members[*found];
}

}  // namespace tributary
