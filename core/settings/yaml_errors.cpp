#include "core/settings/yaml_errors.hpp"

#include <yaml-cpp/exceptions.h>

#include <utility>

namespace tributary {
namespace {

namespace Msg = YAML::ErrorMsg;

/// From how yaml-cpp 0.7's own text begins to ours; what is missing here is reported as invalid YAML.
const std::pair<std::string_view, std::string_view> meanings[] = {
    {Msg::END_OF_MAP, "expected a key of this map, or the end of its indentation"},
    {Msg::END_OF_SEQ, "expected the next '- ' of this list, or the end of its indentation"},
    {Msg::END_OF_MAP_FLOW, "this '{' is never closed, or a ',' is missing in it"},
    {Msg::END_OF_SEQ_FLOW, "this '[' is never closed, or a ',' is missing in it"},
    {Msg::FLOW_END, "a closing bracket without its opening one"},
    {Msg::BLOCK_ENTRY, "a list item ('- ') is not allowed here"},
    {Msg::MAP_KEY, "a key is not allowed here"},
    {Msg::MAP_VALUE, "a ':' is not allowed here (a text with ': ' in it needs quotes)"},
    {Msg::EOF_IN_SCALAR, "the quotes of this text are never closed"},
    {Msg::DOC_IN_SCALAR, "'---' or '...' inside a quoted text"},
    {Msg::INVALID_ESCAPE, "unknown escape in a double-quoted text (single quotes take '\\' as it is)"},
    {Msg::INVALID_UNICODE, "escape of a character that does not exist"},
    {Msg::INVALID_HEX, "bad hexadecimal escape in a double-quoted text"},
    {Msg::TAB_IN_INDENTATION, "tab in the indentation, YAML wants spaces"},
    {Msg::UNKNOWN_ANCHOR, "an alias of an anchor that is not defined above"},
    {Msg::ALIAS_NOT_FOUND, "'*' begins an alias: a name must follow, or the text needs quotes"},
    {Msg::ANCHOR_NOT_FOUND, "'&' begins an anchor: a name must follow, or the text needs quotes"},
    {Msg::CHAR_IN_ALIAS, "this character cannot be in an alias"},
    {Msg::CHAR_IN_ANCHOR, "this character cannot be in an anchor"},
    {Msg::ALIAS_CONTENT, "an alias cannot have a tag or content of its own"},
    {Msg::CHAR_IN_BLOCK, "only '+', '-' and a digit may follow '|' or '>'"},
    {Msg::ZERO_INDENT_IN_BLOCK, "the indentation given after '|' or '>' cannot be 0"},
    {Msg::MULTIPLE_ANCHORS, "two anchors for one value"},
    {Msg::MULTIPLE_TAGS, "two tags for one value"},
    {Msg::UNKNOWN_TOKEN, "this character cannot begin a value, put the text in quotes"},
    {Msg::BAD_FILE, "nested too deep"},
};

bool has_tab_in_indentation(std::string_view line) {
    return line.substr(0, line.find_first_not_of(" \t")).contains('\t');
}

}  // namespace

bool is_unclosed_bracket(std::string_view yaml_cpp_message) {
    return yaml_cpp_message == Msg::END_OF_MAP_FLOW || yaml_cpp_message == Msg::END_OF_SEQ_FLOW;
}

bool is_unclosed_quote(std::string_view yaml_cpp_message) { return yaml_cpp_message == Msg::EOF_IN_SCALAR; }

std::string explain_yaml_error(std::string_view yaml_cpp_message, std::string_view line) {
    if (has_tab_in_indentation(line)) return "tab in the indentation, YAML wants spaces";
    std::string meaning = "not valid YAML";
    for (const auto& [theirs, ours] : meanings)
        if (yaml_cpp_message.starts_with(theirs)) meaning = ours;
    // Inside of flow collections the braces of a reference would end them.
    if (line.contains("${") && (line.contains('[') || line.find('{') < line.find("${")))
        meaning += " (inside {} and [], `${…}` needs quotes)";
    return meaning;
}

}  // namespace tributary
