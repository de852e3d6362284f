#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tributary {

/// A place in a configuration file. Lines and columns count from 1; 0 means unknown.
struct Place {
    const std::string* file = nullptr;  ///< Owned by the loaded configuration (`YamlFiles`), which outlives every node.
    int line = 0;
    int column = 0;
};

/// A YAML value with the place it stands at. Aliases are already resolved, `${…}` is already substituted.
struct Node {
    enum class Kind { null, scalar, list, map };
    struct Entry;

    Kind kind = Kind::null;
    Place place;
    std::string scalar;                  ///< As spelled; a plain `~` or an empty value is `null`, never a scalar.
    bool quoted = false;                 ///< Was in quotes (or a block scalar): never a number, never null.
    bool secret = false;                 ///< Holds what came from `${file:…}`: never shown in a message.
    std::vector<std::string> variables;  ///< Values that came from `${VAR}`; secret only in an option that is.
    std::vector<Node> items;             ///< kind == list
    std::vector<Entry> entries;          ///< kind == map, in file order, keys unique

    static Node at(const Place& place, Kind kind = Kind::null);

    bool is_null() const { return kind == Kind::null; }
    bool is_scalar() const { return kind == Kind::scalar; }
    bool is_list() const { return kind == Kind::list; }
    bool is_map() const { return kind == Kind::map; }

    /// The value below `key`, or nullptr.
    const Node* find(std::string_view key) const;
    const Entry* entry(std::string_view key) const;
};

struct Node::Entry {
    std::string key;
    Place key_place;
    Node value;
};

inline Node Node::at(const Place& place, Kind kind) {
    Node node;
    node.kind = kind;
    node.place = place;
    return node;
}

inline const Node::Entry* Node::entry(std::string_view key) const {
    for (const Entry& e : entries)
        if (e.key == key) return &e;
    return nullptr;
}

inline const Node* Node::find(std::string_view key) const {
    const Entry* e = entry(key);
    return e ? &e->value : nullptr;
}

}  // namespace tributary
