#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/mapping/expression.hpp"
#include "core/mapping/lua.hpp"
#include "core/mapping/mapping.hpp"
#include "core/mapping/source_defaults.hpp"
#include "core/model/entity.hpp"
#include "core/settings/diagnostics.hpp"

namespace tributary::mapping {

/// Is this map an expression, or an object of fields? (CONFIG.md, "Grammar of a field")
bool is_expression(const Node& map);

/// Keys that make a map an expression; no field of a schema may bear one of these names.
std::span<const std::string_view> deciding_operators();

/// Whether it may stand in an expression at all, as a modifier too.
bool is_operator(std::string_view key);

/// Compiles expressions of one stream and remembers what they use. Errors go to the diagnostics; what is returned then
/// is not meant to run.
class ExpressionCompiler {
  public:
    ExpressionCompiler(const MappingContext& context, const SourceDefaults& defaults, Diagnostics& diagnostics);

    /// A field's value. `field` is its name in messages, `line` the place they point to.
    Expression compile(const Node& node, const std::string& field, const Place& line);
    /// A reference to `entity` that comes through another one.
    Expression through(const Node& node, const Entity& entity, const std::string& field, const Place& line);
    /// A column by its name, as in `key` and `identity`.
    Expression column(const Node& node, const std::string& field, const Place& line);
    /// The rows of a list, as in `each`. Of an included table the columns that are read are noted, not the table.
    Expression rows(const Node& node, const std::string& field, const Place& line);
    /// What `defaults` say: a scalar is the value itself.
    Expression default_value(const Node& node, const std::string& field);

    /// What `when`, `where`, `skip` and `deleted` say about a row.
    Predicate predicate(const Node& node, const std::string& field);

    /// That the columns of this value are written as points in time, as far as nothing makes days or texts of them.
    void note_instants(const Expression& value);

    /// Between these, paths start in the rows of a child.
    void enter(const Path& child);
    void leave() { levels_.pop_back(); }

    std::vector<Mapping::Column> columns;
    std::vector<std::string> paths;     ///< Mapping::paths.
    std::vector<std::string> instants;  ///< Mapping::instants.
    std::set<std::string> used_maps;
    std::vector<Mapping::Lookup> lookups;
    std::set<std::string> files;  ///< Owns the file names expressions refer to.
    std::unique_ptr<Lua> lua;

  private:
    Expression begin(const std::string& field, const Place& line);
    void read_map(const Node& node, Expression& into);
    void read_source(const Node& node, Expression& into);
    void read_from(const Node& node, Expression& into);
    void read_parts(const Node& node, Expression& into);
    void read_reference(const Node& node, Expression& into);
    void read_reference_key(const Node& from, Expression& into);
    void read_through_key(const Node& key, Expression& into, std::string& space);
    void read_lua(const Node& node, Expression& into);
    void read_path(const Node& node, Expression& into);
    void read_path(std::string_view text, const Place& place, Expression& into);
    void read_match(const Node& node, Expression& into);
    void read_lookup(const Node& node, Expression& into);
    void read_lookup_key(const Node& node, const Node* definition, Expression& into);
    const Node* lookup_named(const Node& name);
    void note_lookup(const std::string& name, const Place& take, Expression& lookup);
    std::optional<std::string> untouched_column(const Expression& part) const;
    void read_wanted(const Node& node, Test& test);
    Expression outcome(const Node& node, const Expression& of);
    void read_modifiers(const Node& node, Expression& into);
    void read_reading(const Node& node, Expression& into);
    void read_format(const Node& format, Reading& reading);
    void read_codes(const Node& node, Expression& into);
    void read_literals(const Node& node, Expression& into);
    void check_keys(const Node& node);
    std::shared_ptr<const CodeMap> codes_of(const Node& node);
    std::shared_ptr<const CodeMap> named_codes(const Node& name);
    std::optional<std::string> literal(const Node& node);
    bool flag(const Node& node);
    void note_column(const Path& path, const Place& place);
    void note_path(const std::string& level, const Path& path);
    static void note_whole(const std::string& level, const Path& path, std::vector<std::string>& into);
    const Node* included(std::string_view name) const;
    bool is_one_child(std::string_view name) const;

    const MappingContext& context_;
    const SourceDefaults& defaults_;
    Diagnostics& diagnostics_;
    std::map<std::string, std::shared_ptr<const CodeMap>> named_;
    /// For each row level what column names begin with ("" or "lines."); nothing: inside a column that is no table.
    std::vector<std::optional<std::string>> levels_ = {""};
};

}  // namespace tributary::mapping
