#include "core/settings/yaml.hpp"

#include <fmt/format.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <sstream>

#include "core/settings/node_builder.hpp"
#include "core/settings/open_quote.hpp"
#include "core/settings/text_file.hpp"
#include "core/settings/utf8.hpp"
#include "core/settings/yaml_errors.hpp"

namespace tributary {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// yaml-cpp reads a whole `[…]` or `{…}` into tokens before its first event, so the handler's limits come too late for
/// it: what can be many in few bytes is counted beforehand. Counts texts and comments too, hence the generous limit.
bool has_too_many_brackets(std::string_view text, const YamlLimits& limits) {
    const auto brackets = std::ranges::count_if(text, [](char c) { return std::string_view("[]{},").contains(c); });
    return static_cast<std::size_t>(brackets) > 2 * limits.nodes;
}

/// True when nothing speaks against giving `text` to yaml-cpp, which takes byte 4 for the end of its input and lets
/// invalid UTF-8 through.
bool is_parseable(std::string_view text, const SourceText& source, const YamlLimits& limits, Diagnostics& diagnostics) {
    if (text.size() > limits.bytes)
        diagnostics.error(source.place(0), fmt::format("larger than {} bytes", limits.bytes));
    else if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
        diagnostics.error(source.place(0), "this is UTF-16, save it as UTF-8");
    else if (const auto bad = first_unreadable(text))
        diagnostics.error(source.place(bad->offset), bad->what + ", configuration is UTF-8 text");
    else if (has_too_many_brackets(text, limits))
        diagnostics.error(source.place(0), fmt::format("more than {} brackets and commas", 2 * limits.nodes));
    else
        return true;
    return false;
}

Place place_of(const YAML::Exception& error, const NodeBuilder& builder, std::string_view text,
               const SourceText& source) {
    const Place found = source.place(error.mark);
    if (is_unclosed_bracket(error.msg)) return builder.innermost_open().value_or(found);
    const auto quote = is_unclosed_quote(error.msg) ? find_open_quote(text) : std::nullopt;
    return quote ? source.place(quote->offset) : found;
}

/// yaml-cpp takes a text that runs to the end of the file for a good one, unless that is its first line.
void warn_of_open_quote(std::string_view text, bool parsed, const SourceText& source, Diagnostics& diagnostics) {
    const auto quote = find_open_quote(text);
    if (!quote || (!quote->last && !parsed)) return;
    const std::string ends =
        quote->last ? fmt::format("ends in line {}", source.place(*quote->last).line) : "runs to the end of the file";
    diagnostics.warning(source.place(quote->offset),
                        fmt::format("this quoted text {}: is its closing quote missing?", ends));
}

/// The edge where yaml-cpp's exceptions end.
Node parse_document(std::string_view text, NodeBuilder& builder, const SourceText& source, Diagnostics& diagnostics) {
    std::istringstream in{std::string(text)};
    try {
        YAML::Parser parser(in);
        while (parser.HandleNextDocument(builder)) {
        }
        return builder.take();
    } catch (const NodeBuilder::GaveUp&) {
        return {};
    } catch (const YAML::Exception& e) {
        const auto offset = static_cast<std::size_t>(std::max(e.mark.pos, 0));
        diagnostics.error(place_of(e, builder, text, source), explain_yaml_error(e.msg, source.line_of(offset)));
    } catch (const std::exception& e) {
        diagnostics.error(source.place(0), fmt::format("cannot be parsed: {}", e.what()));
    }
    return {};
}

bool is_yaml(const std::filesystem::directory_entry& entry) {
    const std::filesystem::path name = entry.path().filename();
    std::error_code code;
    return !name.string().starts_with('.') && (name.extension() == ".yaml" || name.extension() == ".yml") &&
           entry.is_regular_file(code);
}

std::string where(const Place& place) {
    return fmt::format("{}:{}", place.file ? *place.file : std::string("?"), place.line);
}

/// Moves the entries of `from` to `to`; a key that is there already is an error, except the maps `sources`, whose
/// entries are joined.
void join(Node& to, Node from, Diagnostics& diagnostics, bool top_level) {
    for (Node::Entry& entry : from.entries) {
        const auto there = std::ranges::find(to.entries, entry.key, &Node::Entry::key);
        if (there == to.entries.end())
            to.entries.push_back(std::move(entry));
        else if (top_level && entry.key == "sources" && entry.value.is_map() && there->value.is_map())
            join(there->value, std::move(entry.value), diagnostics, false);
        else
            diagnostics.error(entry.key_place,
                              fmt::format("{} '{}' is already in {}", top_level ? "the key" : "the source",
                                          shortened(entry.key, 80), where(there->key_place)));
    }
}

}  // namespace

std::vector<std::filesystem::path> yaml_files(const std::filesystem::path& path, std::error_code& code) {
    if (!std::filesystem::is_directory(path, code)) return {path};
    std::vector<std::filesystem::path> files;
    std::filesystem::directory_iterator entry(path, code);
    for (; !code && entry != std::filesystem::directory_iterator(); entry.increment(code))
        if (is_yaml(*entry)) files.push_back(entry->path());
    std::ranges::sort(files);
    return files;
}

Node YamlFiles::parse(std::string_view text, std::string file_name, const Environment& environment,
                      Diagnostics& diagnostics, const YamlLimits& limits) {
    const std::string& name = names_.emplace_back(std::move(file_name));
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    const SourceText source(text, &name);
    if (!is_parseable(text, source, limits, diagnostics)) return Node::at(source.place(0));

    const SubstitutionSources substitution{environment, std::filesystem::path(name).parent_path()};
    NodeBuilder builder({source, substitution, limits, diagnostics, secrets_});
    Node root = parse_document(text, builder, source, diagnostics);
    warn_of_open_quote(text, !root.is_null(), source, diagnostics);
    if (root.is_null()) root.place = source.place(0);
    return root;
}

Node YamlFiles::load(const std::filesystem::path& path, const Environment& environment, Diagnostics& diagnostics) {
    std::error_code code;
    if (std::filesystem::is_directory(path, code)) return load_directory(path, environment, diagnostics);
    return load_file(path, environment, diagnostics);
}

Node YamlFiles::load_file(const std::filesystem::path& path, const Environment& environment, Diagnostics& diagnostics) {
    const auto text = read_text_file(path, YamlLimits{}.bytes);
    if (text) return parse(*text, path.string(), environment, diagnostics);
    const Place place{&names_.emplace_back(path.string())};
    diagnostics.error(place, text.error());
    return Node::at(place);
}

Node YamlFiles::load_directory(const std::filesystem::path& path, const Environment& environment,
                               Diagnostics& diagnostics) {
    Node all = Node::at({&names_.emplace_back(path.string())}, Node::Kind::map);
    std::error_code code;
    const auto files = yaml_files(path, code);
    if (code)
        diagnostics.error(all.place, fmt::format("cannot read this directory: {}", code.message()));
    else if (files.empty())
        diagnostics.error(all.place, "no *.yaml or *.yml file in this directory");
    bool broken = false;
    for (const auto& file : files) {
        Node node = load_file(file, environment, diagnostics);
        if (node.is_map())
            join(all, std::move(node), diagnostics, true);
        else if (!node.is_null())
            diagnostics.error(node.place, "expected a map of options at the top of the file");
        else if (diagnostics.has_errors())
            broken = true;
    }
    // what a broken file would have said is not missing
    if (broken) return Node::at(all.place);
    return all;
}

}  // namespace tributary
