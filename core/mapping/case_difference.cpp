#include "core/mapping/case_difference.hpp"

#include <fmt/format.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace tributary::mapping {
namespace {

using Json = rapidjson::Value;

std::string text_of(const Json& value) {
    if (value.IsString()) return {value.GetString(), value.GetStringLength()};
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    value.Accept(writer);
    return {buffer.GetString(), buffer.GetSize()};
}

std::string_view kind_of(const Node& node) {
    return node.is_map() ? "a map" : node.is_list() ? "a list" : std::string_view(node.scalar);
}

class Comparison {
  public:
    explicit Comparison(std::vector<std::string>& found) : found_(found) {}

    void compare(const Node& expected, const Json& actual, const std::string& path) {
        if (expected.is_map() && actual.IsObject()) return compare_maps(expected, actual, path);
        if (expected.is_list() && actual.IsArray()) return compare_lists(expected, actual, path);
        const bool same = expected.is_scalar() && !actual.IsObject() && !actual.IsArray() &&
                          text_of(actual) == expected.scalar && (actual.IsString() || !expected.quoted);
        if (same) return;
        const std::string_view note = expected.quoted && !actual.IsString() ? " (not as text)" : "";
        add(path, fmt::format("expected {}, found {}{}", kind_of(expected), text_of(actual), note));
    }

  private:
    void compare_maps(const Node& expected, const Json& actual, const std::string& path) {
        const std::string prefix = path.empty() ? "" : path + ".";
        for (const Node::Entry& entry : expected.entries) {
            const auto member = actual.FindMember(entry.key.c_str());
            if (member != actual.MemberEnd())
                compare(entry.value, member->value, prefix + entry.key);
            else if (!entry.value.is_null())
                add(prefix + entry.key, fmt::format("expected {}, found nothing", kind_of(entry.value)));
        }
        for (const auto& member : actual.GetObject())
            if (expected.find(member.name.GetString()) == nullptr)
                add(prefix + member.name.GetString(), fmt::format("expected nothing, found {}", text_of(member.value)));
    }

    void compare_lists(const Node& expected, const Json& actual, const std::string& path) {
        const std::size_t size = expected.items.size();
        for (rapidjson::SizeType i = 0; i < actual.Size(); ++i) {
            const std::string at = fmt::format("{}[{}]", path, i);
            if (i < size)
                compare(expected.items[i], actual[i], at);
            else
                add(at, fmt::format("expected nothing, found {}", text_of(actual[i])));
        }
        for (std::size_t i = actual.Size(); i < size; ++i)
            add(fmt::format("{}[{}]", path, i), fmt::format("expected {}, found nothing", kind_of(expected.items[i])));
    }

    void add(const std::string& path, const std::string& what) { found_.push_back(path + ": " + what); }

    std::vector<std::string>& found_;
};

}  // namespace

std::vector<std::string> differences(const Node& expected, std::string_view document) {
    std::vector<std::string> found;
    rapidjson::Document actual;
    actual.Parse<rapidjson::kParseIterativeFlag>(document.data(), document.size());
    if (actual.HasParseError() || !actual.IsObject())
        found.push_back(fmt::format("the document is not JSON: {}", document));
    else
        Comparison(found).compare(expected, actual, "");
    return found;
}

}  // namespace tributary::mapping
