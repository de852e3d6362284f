#pragma once

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/settings/substitution.hpp"
#include "core/settings/yaml.hpp"

namespace tributary {

/// Turns yaml-cpp's marks (bytes, from 0) into places (characters, from 1).
class SourceText {
  public:
    SourceText(std::string_view text, const std::string* file);
    Place place(const YAML::Mark& mark) const;
    Place place(std::size_t offset) const;
    /// Whether a null is spelled out at `mark` (`~`, `null`, or an anchor of one); else it is a value left out.
    bool has_null_word(const YAML::Mark& mark) const;
    /// The line a place is on, without its end.
    std::string_view line_of(std::size_t offset) const;

  private:
    std::string_view text_;
    const std::string* file_;
    bool ascii_;
};

/// Builds nodes from the events of one document. Limits are enforced as the events come, before memory is spent on
/// them; anchors are kept as copies and pay for it. Not thread-safe; used once.
class NodeBuilder : public YAML::EventHandler {
  public:
    /// Thrown through yaml-cpp after the reason was added to the diagnostics: nothing after this can be trusted.
    struct GaveUp {};

    struct Context {
        const SourceText& source;
        const SubstitutionSources& substitution;
        const YamlLimits& limits;
        Diagnostics& diagnostics;
        std::vector<std::string>& secrets;
    };

    explicit NodeBuilder(const Context& context) : context_(context) {}

    /// The document, once it is complete; null for an empty one.
    Node take() { return std::move(root_); }

    /// Where the list or map begins that is not complete yet.
    std::optional<Place> innermost_open() const;

    void OnDocumentStart(const YAML::Mark& mark) override;
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override;
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value style) override;
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value style) override;
    void OnMapEnd() override;

  private:
    /// What a value and everything below it costs.
    struct Cost {
        std::size_t nodes = 1;
        std::size_t bytes = 0;
        int height = 0;  ///< Of nested lists and maps.
    };
    struct Built {
        Node node;
        Cost cost;
    };
    /// A list or map whose end has not come yet.
    struct Open {
        Built built;
        YAML::anchor_t anchor = 0;
        bool has_key = false;
        bool merges = false;  ///< The key is a plain `<<`.
        bool drops = false;   ///< The key was refused: its value is read for its findings only.
        bool is_key = false;  ///< It stands where a key belongs: refused, read for its findings only.
        std::string key = {};
        Place key_place = {};
        std::vector<Node> merged = {};  ///< Maps from `<<`.
    };

    bool expects_key() const;
    void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor);
    void close();
    /// Says why the key in hand is none and goes on, so that the rest of the file shows its findings too.
    void refuse_key(const Place& place, std::string message);
    void add_key(const Place& place, bool quoted, const std::string& text);
    void add_leaf(Node node, YAML::anchor_t anchor);
    void add(Built value, YAML::anchor_t anchor);
    void attach(Built value);
    void merge(Open& map, Node value);
    void drop_duplicates(Node& map);
    void spend(const Cost& cost, const Place& place);
    void check_tag(const std::string& tag, const Place& place);
    std::string too_deep() const;
    [[noreturn]] void give_up(const Place& place, std::string message);

    Context context_;
    std::vector<Open> stack_;
    std::unordered_map<YAML::anchor_t, Built> anchors_;
    Node root_;
    Cost spent_{.nodes = 0};
    bool started_ = false;
};

}  // namespace tributary
