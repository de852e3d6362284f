#include "core/settings/yaml.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace tributary {
namespace {

Environment no_environment() {
    return [](std::string_view) { return std::nullopt; };
}

struct Parsed {
    YamlFiles files;
    Diagnostics diagnostics;
    Node root;

    explicit Parsed(std::string_view text, const YamlLimits& limits = {})
        : root(files.parse(text, "a.yaml", no_environment(), diagnostics, limits)) {}
    std::string errors() const { return diagnostics.text(); }
};

std::string spot(const Place& place) { return std::to_string(place.line) + ":" + std::to_string(place.column); }

std::string repeated(std::string_view part, int times) {
    std::string text;
    for (int i = 0; i < times; ++i) text += part;
    return text;
}

TEST_CASE("every key and value knows its line and column") {
    const Parsed parsed("tenant: acme\nkafka:\n  brokers: [a, 'b']\n  text: |\n    x\n");
    REQUIRE(parsed.errors() == "");
    const Node::Entry* kafka = parsed.root.entry("kafka");
    REQUIRE(kafka);
    CHECK(spot(parsed.root.find("tenant")->place) == "1:9");
    CHECK(spot(kafka->key_place) == "2:1");
    const Node* brokers = kafka->value.find("brokers");
    CHECK(spot(brokers->place) == "3:12");
    CHECK(spot(brokers->items[1].place) == "3:16");
    CHECK(*brokers->place.file == "a.yaml");
    CHECK(kafka->value.find("text")->scalar == "x\n");
}

TEST_CASE("columns count characters, not bytes") {
    const Parsed parsed("{zażółć: 1, b: 2}");
    REQUIRE(parsed.errors() == "");
    CHECK(spot(parsed.root.entry("b")->key_place) == "1:13");
}

TEST_CASE("plain scalars keep their spelling, and only quoted ones are marked as such") {
    const Parsed parsed("[N, 01, no, '5', \"~\", ~, , null, '']");
    REQUIRE(parsed.errors() == "");
    const auto& items = parsed.root.items;
    CHECK(items[0].scalar == "N");
    CHECK(items[1].scalar == "01");
    CHECK_FALSE(items[1].quoted);
    CHECK(items[3].quoted);
    CHECK(items[4].scalar == "~");
    CHECK(items[5].is_null());
    CHECK(items[6].is_null());
    CHECK(items[7].is_null());
    CHECK(items.back().is_scalar());
}

TEST_CASE("a value that is missing stands where its key stands") {
    const Parsed parsed("a:\n\n\nb: 1\n");
    CHECK(spot(parsed.root.find("a")->place) == "1:1");
}

TEST_CASE("an empty file is null at its beginning") {
    for (const std::string text : {"", "\n\n", "# only a comment\n", "\xEF\xBB\xBF"}) {
        const Parsed parsed(text);
        CHECK(parsed.errors() == "");
        CHECK(parsed.root.is_null());
        CHECK(spot(parsed.root.place) == "1:1");
    }
}

TEST_CASE("a byte order mark at the beginning does not shift columns") {
    const Parsed parsed(
        "\xEF\xBB\xBF"
        "a: 1");
    REQUIRE(parsed.errors() == "");
    CHECK(spot(parsed.root.entry("a")->key_place) == "1:1");
}

TEST_CASE("duplicate keys are errors at the later one") {
    const Parsed parsed("a: 1\nb: 2\na: 3\nmap: {x: 1, x: 2}\n");
    CHECK(parsed.errors() ==
          "a.yaml:3:1: error: duplicate key 'a', first in line 1\n"
          "a.yaml:4:13: error: duplicate key 'x', first in line 4\n");
}

TEST_CASE("anchors, aliases and merge keys are resolved") {
    const Parsed parsed("base: &b {x: 1, y: 2}\nother: {<<: *b, y: 3}\nlist: {<<: [*b, {z: 4}]}\nsame: *b\n");
    REQUIRE(parsed.errors() == "");
    CHECK(parsed.root.find("other")->find("x")->scalar == "1");
    CHECK(parsed.root.find("other")->find("y")->scalar == "3");
    CHECK(parsed.root.find("list")->find("z")->scalar == "4");
    CHECK(parsed.root.find("same")->find("y")->scalar == "2");
    CHECK_FALSE(parsed.root.find("other")->find("<<"));
}

TEST_CASE("merging something that is no map is an error") {
    CHECK(Parsed("a: {<<: 5}").errors() ==
          "a.yaml:1:5: error: `<<` merges a map or a list of maps, such as *defaults\n");
}

struct Bad {
    std::string text;
    std::string error;
};

TEST_CASE("what is no YAML is an error at its line and column") {
    const Bad cases[] = {
        {"a: [1, 2", "a.yaml:1:4: error: this '[' is never closed, or a ',' is missing in it\n"},
        {"a: {b: 1", "a.yaml:1:4: error: this '{' is never closed, or a ',' is missing in it\n"},
        {"a: b: c", "a.yaml:1:5: error: a ':' is not allowed here (a text with ': ' in it needs quotes)\n"},
        {"a: 'x", "a.yaml:1:4: error: the quotes of this text are never closed\n"},
        {"a:\n\tb: 1\n", "a.yaml:2:3: error: tab in the indentation, YAML wants spaces\n"},
        {"a: *nobody", "a.yaml:1:4: error: an alias of an anchor that is not defined above\n"},
        {"a: &x [*x]", "a.yaml:1:8: error: an alias inside of what it stands for\n"},
        {"a: 1\n---\nb: 2\n", "a.yaml:2:1: error: only one YAML document in a file\n"},
        {"[a]: 1", "a.yaml:1:1: error: a key must be plain text (is `${…}` missing its quotes?)\n"},
        {"~: 1", "a.yaml:1:1: error: a key cannot be empty or null (put it in quotes)\n"},
        {"a: !secret x", "a.yaml:1:4: error: tags such as '!secret' have no meaning here\n"},
        {"a: \"\\q\"",
         "a.yaml:1:7: error: unknown escape in a double-quoted text (single quotes take '\\' as it is)\n"},
        {"a: @b", "a.yaml:1:4: error: this character cannot begin a value, put the text in quotes\n"},
        {"a: 1\n b: 2\n", "a.yaml:2:3: error: a ':' is not allowed here (a text with ': ' in it needs quotes)\n"},
        {"a: {b: ${HOME}}",
         "a.yaml:1:4: error: this '{' is never closed, or a ',' is missing in it (inside {} and [], `${…}` needs "
         "quotes)\n"},
    };
    for (const Bad& bad : cases) {
        CAPTURE(bad.text);
        CHECK(Parsed(bad.text).errors() == bad.error);
    }
}

TEST_CASE("what follows a key that is none is read as if the key had a name, so its own errors show") {
    const Parsed parsed("~: {a: 1, a: 2}\n[k, [l]]: !x y\n? {m: n, m: o}\n: {p: 1, p: 2}\nlast: {q: 1, q: 2}\n");
    CHECK(parsed.errors() ==
          "a.yaml:1:1: error: a key cannot be empty or null (put it in quotes)\n"
          "a.yaml:1:11: error: duplicate key 'a', first in line 1\n"
          "a.yaml:2:1: error: a key must be plain text (is `${…}` missing its quotes?)\n"
          "a.yaml:2:11: error: tags such as '!x' have no meaning here\n"
          "a.yaml:3:3: error: a key must be plain text (is `${…}` missing its quotes?)\n"
          "a.yaml:3:10: error: duplicate key 'm', first in line 3\n"
          "a.yaml:4:10: error: duplicate key 'p', first in line 4\n"
          "a.yaml:5:14: error: duplicate key 'q', first in line 5\n");
    CHECK(parsed.root.entries.size() == 1);
}

TEST_CASE("an alias for a key, and one inside of what it stands for, do not end the reading") {
    const Parsed parsed("a: &a k\nb: {*a : 1, c: 1, c: 2}\nd: &d [*d, {e: 1, e: 2}]\n");
    CHECK(parsed.errors() ==
          "a.yaml:2:5: error: a key must be plain text, not an alias\n"
          "a.yaml:2:19: error: duplicate key 'c', first in line 2\n"
          "a.yaml:3:8: error: an alias inside of what it stands for\n"
          "a.yaml:3:19: error: duplicate key 'e', first in line 3\n");
}

TEST_CASE("a quote that nobody closed is named where it opens, wherever the parser stumbles") {
    const Parsed swallowed("name: x\nhost: \"acme\nport: 1\npath: \"/x\"\n");
    CHECK(swallowed.diagnostics.text().starts_with(
        "a.yaml:2:7: warning: this quoted text ends in line 4: is its closing quote missing?\na.yaml:4:"));
    const Parsed to_the_end("a: 'b\nc: 1\n");
    CHECK(to_the_end.diagnostics.text() ==
          "a.yaml:1:4: warning: this quoted text runs to the end of the file: is its closing quote missing?\n");
}

TEST_CASE("a quoted text that runs over lines on purpose is no mistake") {
    for (const char* text : {"a: \"one\n  two\"\nb: 'it''s\n  fine'\n", "a: it's # don't\nb: {c: \"d: e\"}\n",
                             "a: |\n  local s = 'x\nb: 1\n", "a: \"\\\"\"\nb: 1\n"}) {
        CAPTURE(text);
        CHECK(Parsed(text).diagnostics.text().empty());
    }
}

TEST_CASE("text that cannot be configuration is refused with its place") {
    CHECK(Parsed("a: 1\nb: \xFF\n").errors() ==
          "a.yaml:2:4: error: invalid UTF-8 (byte 0xff), configuration is UTF-8 text\n");
    CHECK(Parsed(std::string_view("a: x\0y", 6)).errors() ==
          "a.yaml:1:5: error: control character U+0000, configuration is UTF-8 text\n");
    CHECK(Parsed("a: \x04").errors() == "a.yaml:1:4: error: control character U+0004, configuration is UTF-8 text\n");
    CHECK(Parsed(std::string_view("\xFF\xFE"
                                  "a\0",
                                  4))
              .errors() == "a.yaml:1:1: error: this is UTF-16, save it as UTF-8\n");
    CHECK(Parsed("a: \xEF\xBB\xBF"
                 "b")
              .errors() == "a.yaml:1:4: error: byte order mark inside the text, configuration is UTF-8 text\n");
}

TEST_CASE("a million opening brackets neither overflow the stack nor fill the memory") {
    CHECK(Parsed(repeated("[", 1'000'000)).diagnostics.has_errors());
    CHECK(Parsed(repeated("{", 1'000'000)).diagnostics.has_errors());
    CHECK(Parsed(repeated("[a,", 300'000)).diagnostics.has_errors());
    CHECK(Parsed(repeated("- ", 1'000'000)).diagnostics.has_errors());
    CHECK(Parsed(repeated("? ", 1'000'000)).diagnostics.has_errors());
    CHECK(Parsed(repeated("{? ", 1'000'000)).diagnostics.has_errors());
    CHECK(Parsed(repeated("&a ", 1'000'000)).diagnostics.has_errors());
}

TEST_CASE("nesting up to the limit is fine and one more is an error at its place") {
    const std::string allowed = repeated("[", 64) + repeated("]", 64);
    CHECK(Parsed(allowed).errors() == "");
    CHECK(Parsed("[" + allowed + "]").errors() == "a.yaml:1:65: error: nested more than 64 deep\n");
}

TEST_CASE("aliases cannot nest deeper than the limit either") {
    std::string text = "a0: &a0 [x]\n";
    for (int i = 1; i < 70; ++i)
        text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
    CHECK(Parsed(text).errors() == "a.yaml:64:12: error: nested more than 64 deep\n");
}

TEST_CASE("an alias bomb ends at the limit of values") {
    std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 12; ++i) {
        const std::string before = "*a" + std::to_string(i - 1);
        text +=
            "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + repeated(", " + before, 9) + "]\n";
    }
    CHECK_THAT(Parsed(text).errors(), Catch::Contains("more than 200000 values"));
}

TEST_CASE("a long text behind many aliases ends at the limit of bytes") {
    const std::string text = "a: &a " + repeated("x", 1000) + "\nb: [*a" + repeated(", *a", 100) + "]\n";
    CHECK(Parsed(text).errors() == "");
    CHECK_THAT(Parsed(text, {.bytes = 10'000}).errors(), Catch::Contains("more than 10000 bytes of text"));
}

TEST_CASE("a file beyond the limit is not even looked at") {
    CHECK(Parsed("a: [1", {.bytes = 4}).errors() == "a.yaml:1:1: error: larger than 4 bytes\n");
}

TEST_CASE("a hundred thousand keys in one map are read in reasonable time") {
    std::string text;
    for (int i = 0; i < 90'000; ++i) text += "k" + std::to_string(i) + ": 1\n";
    const Parsed parsed(text + "k5: 2\n");
    CHECK(parsed.errors() == "a.yaml:90001:1: error: duplicate key 'k5', first in line 6\n");
    CHECK(parsed.root.entries.size() == 90'000);
}

}  // namespace
}  // namespace tributary
