#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace tributary {

/// One value of a document. Views live in the tree's own copy of the text.
struct DocumentNode {
    enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

    Kind kind = Kind::null;
    bool truth = false;
    std::uint32_t first = 0;        ///< Of the children, where `kind` has any.
    std::uint32_t count = 0;        ///< Of the children.
    std::uint32_t first_order = 0;  ///< Where a large object's members stand in the order of their names.
    std::string_view name;          ///< Of a member, unescaped.
    std::string_view text;          ///< Of a string (unescaped) or a number (as spelled: 1 and "1" stay apart).
};

/// A JSON document as nodes side by side, children of one value next to each other. Made to be read again and again:
/// what one document needed serves the next. Not thread-safe; views are valid until the next `read`.
class DocumentTree {
  public:
    static constexpr std::size_t most_levels = 512;

    DocumentTree();
    DocumentTree(const DocumentTree&) = delete;
    DocumentTree& operator=(const DocumentTree&) = delete;
    ~DocumentTree();

    /// False when `text` is not one JSON object in valid UTF-8 with distinct names and at most `most_levels` levels;
    /// the root is then null and has no children.
    bool read(std::string_view text);

    const DocumentNode& root() const { return root_; }
    std::span<const DocumentNode> children(const DocumentNode& node) const {
        return std::span(nodes_).subspan(node.first, node.count);
    }

    /// The member of that name, or null. `expected` is where it is looked for first: documents of one entity nearly
    /// always have their members in the same order.
    const DocumentNode* find(const DocumentNode& object, std::string_view name, std::size_t expected) const;

  private:
    struct Parser;

    const DocumentNode* find_in_order(const DocumentNode& object, std::string_view name) const;

    std::unique_ptr<Parser> parser_;
    DocumentNode root_;
    std::vector<DocumentNode> nodes_;
    std::vector<std::uint32_t> orders_;
};

}  // namespace tributary
