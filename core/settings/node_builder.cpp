#include "core/settings/node_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "core/settings/utf8.hpp"

namespace tributary {
namespace {

/// Counting the characters of a long line for each value on it would be quadratic; beyond this, columns are bytes.
constexpr std::size_t longest_counted_line = 4096;

/// Of what yaml-cpp calls tags: "?" is a plain scalar, "!" a quoted one.
bool is_quoted(const std::string& tag) { return tag == "!" || tag == "tag:yaml.org,2002:str"; }

/// What stands in the map itself wins over what is merged into it.
void merge_into(Node& map, Node other) {
    std::unordered_set<std::string> present;
    for (const Node::Entry& entry : map.entries) present.insert(entry.key);
    for (Node::Entry& entry : other.entries)
        if (present.insert(entry.key).second) map.entries.push_back(std::move(entry));
}

}  // namespace

SourceText::SourceText(std::string_view text, const std::string* file)
    : text_(text), file_(file), ascii_(std::ranges::none_of(text, [](char c) { return (c & 0x80) != 0; })) {}

Place SourceText::place(const YAML::Mark& mark) const {
    if (mark.is_null()) return Place{file_};
    auto column = static_cast<std::size_t>(mark.column);
    const auto offset = static_cast<std::size_t>(mark.pos);
    if (!ascii_ && column <= longest_counted_line && column <= offset && offset <= text_.size())
        column = utf8_width(text_.substr(offset - column, column));
    return Place{file_, mark.line + 1, static_cast<int>(column) + 1};
}

Place SourceText::place(std::size_t offset) const {
    const std::string_view before = text_.substr(0, offset);
    const std::size_t line_start = before.rfind('\n') + 1;
    return Place{file_, static_cast<int>(std::ranges::count(before, '\n')) + 1,
                 static_cast<int>(utf8_width(before.substr(line_start))) + 1};
}

bool SourceText::has_null_word(const YAML::Mark& mark) const {
    const auto offset = std::min(static_cast<std::size_t>(std::max(mark.pos, 0)), text_.size());
    const std::string_view rest = text_.substr(offset);
    return rest.starts_with('~') || rest.starts_with('n') || rest.starts_with('N') || rest.starts_with('&');
}

std::string_view SourceText::line_of(std::size_t offset) const {
    offset = std::min(offset, text_.size());
    const std::size_t begin = text_.substr(0, offset).rfind('\n') + 1;
    return text_.substr(begin, text_.find_first_of("\r\n", begin) - begin);
}

void NodeBuilder::OnDocumentStart(const YAML::Mark& mark) {
    if (std::exchange(started_, true)) give_up(context_.source.place(mark), "only one YAML document in a file");
}

void NodeBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
    Place place = context_.source.place(mark);
    if (expects_key()) return refuse_key(place, "a key cannot be empty or null (put it in quotes)");
    // The mark of a value that is not there is where the next token begins, maybe lines further down.
    if (!stack_.empty() && stack_.back().has_key) {
        const Place& key = stack_.back().key_place;
        if (key.line != place.line || !context_.source.has_null_word(mark)) place = key;
    }
    add_leaf(Node::at(place), anchor);
}

void NodeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
    const Place place = context_.source.place(mark);
    if (expects_key()) return refuse_key(place, "a key must be plain text, not an alias");
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
        context_.diagnostics.error(place, "an alias inside of what it stands for");
        return add_leaf(Node::at(place), YAML::NullAnchor);
    }
    const Built& target = found->second;
    if (static_cast<int>(stack_.size()) + target.cost.height > context_.limits.depth) give_up(place, too_deep());
    spend(target.cost, place);
    attach(target);
}

void NodeBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& value) {
    const Place place = context_.source.place(mark);
    check_tag(tag, place);
    if (expects_key()) return add_key(place, is_quoted(tag), value);

    const std::size_t room = context_.limits.bytes - std::min(context_.limits.bytes, spent_.bytes);
    Substituted substituted = substitute(value, context_.substitution, room);
    for (std::string& message : substituted.errors) context_.diagnostics.error(place, std::move(message));
    std::ranges::move(substituted.secrets, std::back_inserter(context_.secrets));
    Node node = Node::at(place, Node::Kind::scalar);
    node.scalar = std::move(substituted.text);
    node.quoted = is_quoted(tag);
    node.secret = substituted.secret;
    node.variables = std::move(substituted.variables);
    add_leaf(std::move(node), anchor);
}

void NodeBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                                  YAML::EmitterStyle::value /*style*/) {
    open(Node::Kind::list, mark, tag, anchor);
}

void NodeBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value /*style*/) {
    open(Node::Kind::map, mark, tag, anchor);
}

void NodeBuilder::OnMapEnd() {
    Open& map = stack_.back();
    drop_duplicates(map.built.node);
    for (Node& other : map.merged) merge_into(map.built.node, std::move(other));
    close();
}

bool NodeBuilder::expects_key() const {
    return !stack_.empty() && stack_.back().built.node.is_map() && !stack_.back().has_key;
}

void NodeBuilder::open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    const Place place = context_.source.place(mark);
    const bool is_key = expects_key();
    if (is_key) refuse_key(place, "a key must be plain text (is `${…}` missing its quotes?)");
    check_tag(tag, place);
    if (static_cast<int>(stack_.size()) >= context_.limits.depth) give_up(place, too_deep());
    spend(Cost{}, place);
    stack_.push_back(Open{Built{Node::at(place, kind), Cost{.height = 1}}, anchor});
    stack_.back().is_key = is_key;
}

void NodeBuilder::close() {
    Open done = std::move(stack_.back());
    stack_.pop_back();
    if (!done.is_key) add(std::move(done.built), done.anchor);
}

void NodeBuilder::refuse_key(const Place& place, std::string message) {
    context_.diagnostics.error(place, std::move(message));
    Open& map = stack_.back();
    map.key_place = place;
    map.merges = false;
    map.drops = true;
    map.has_key = true;
}

void NodeBuilder::add_key(const Place& place, bool quoted, const std::string& text) {
    spend(Cost{.nodes = 0, .bytes = text.size()}, place);
    Open& map = stack_.back();
    map.built.cost.bytes += text.size();
    map.key = text;
    map.key_place = place;
    map.merges = !quoted && text == "<<";
    map.has_key = true;
}

void NodeBuilder::add_leaf(Node node, YAML::anchor_t anchor) {
    const Cost cost{.bytes = node.scalar.size()};
    spend(cost, node.place);
    add(Built{std::move(node), cost}, anchor);
}

void NodeBuilder::add(Built value, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) {
        spend(value.cost, value.node.place);
        anchors_.insert_or_assign(anchor, value);
    }
    attach(std::move(value));
}

void NodeBuilder::attach(Built value) {
    if (stack_.empty()) {
        root_ = std::move(value.node);
        return;
    }
    Open& parent = stack_.back();
    Cost& cost = parent.built.cost;
    cost.nodes += value.cost.nodes;
    cost.bytes += value.cost.bytes;
    cost.height = std::max(cost.height, value.cost.height + 1);
    parent.has_key = false;
    if (std::exchange(parent.drops, false)) return;
    if (parent.built.node.is_list()) {
        parent.built.node.items.push_back(std::move(value.node));
    } else if (parent.merges) {
        merge(parent, std::move(value.node));
    } else {
        parent.built.node.entries.push_back({std::move(parent.key), parent.key_place, std::move(value.node)});
    }
}

void NodeBuilder::merge(Open& map, Node value) {
    if (value.is_map()) {
        map.merged.push_back(std::move(value));
    } else if (value.is_list() && std::ranges::all_of(value.items, &Node::is_map)) {
        std::ranges::move(value.items, std::back_inserter(map.merged));
    } else {
        context_.diagnostics.error(map.key_place, "`<<` merges a map or a list of maps, such as *defaults");
    }
}

void NodeBuilder::drop_duplicates(Node& map) {
    std::vector<std::size_t> order(map.entries.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t i) -> const std::string& { return map.entries[i].key; });

    std::vector<bool> again(order.size());
    for (std::size_t i = 1, first = 0; i < order.size(); ++i) {
        const Node::Entry& earlier = map.entries[order[first]];
        const Node::Entry& entry = map.entries[order[i]];
        again[order[i]] = entry.key == earlier.key;
        if (!again[order[i]])
            first = i;
        else
            context_.diagnostics.error(entry.key_place, fmt::format("duplicate key '{}', first in line {}",
                                                                    shortened(entry.key, 80), earlier.key_place.line));
    }
    std::size_t index = 0;
    std::erase_if(map.entries, [&](const Node::Entry&) { return again[index++]; });
}

void NodeBuilder::spend(const Cost& cost, const Place& place) {
    spent_.nodes += cost.nodes;
    spent_.bytes += cost.bytes;
    if (spent_.nodes > context_.limits.nodes)
        give_up(place,
                fmt::format("more than {} values (aliases count as what they stand for)", context_.limits.nodes));
    if (spent_.bytes > context_.limits.bytes)
        give_up(place, fmt::format("more than {} bytes of text (aliases and substitutions counted in full)",
                                   context_.limits.bytes));
}

void NodeBuilder::check_tag(const std::string& tag, const Place& place) {
    if (tag.empty() || tag == "?" || is_quoted(tag)) return;
    context_.diagnostics.error(place, fmt::format("tags such as '{}' have no meaning here", shortened(tag, 80)));
}

std::optional<Place> NodeBuilder::innermost_open() const {
    return stack_.empty() ? std::nullopt : std::optional(stack_.back().built.node.place);
}

std::string NodeBuilder::too_deep() const { return fmt::format("nested more than {} deep", context_.limits.depth); }

void NodeBuilder::give_up(const Place& place, std::string message) {
    context_.diagnostics.error(place, std::move(message));
    throw GaveUp{};
}

}  // namespace tributary
