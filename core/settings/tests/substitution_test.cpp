#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "core/settings/tests/temporary_directory.hpp"
#include "core/settings/yaml.hpp"

namespace tributary {
namespace {

Environment environment() {
    return [](std::string_view name) -> std::optional<std::string> {
        if (name == "PASSWORD") return "s3cr3t: [x";
        if (name == "PIN") return "12";
        if (name == "EMPTY") return "";
        if (name == "AGAIN") return "${PASSWORD}";
        if (name == "BINARY") return "a\xFF";
        return std::nullopt;
    };
}

struct Parsed {
    YamlFiles files;
    Diagnostics diagnostics;
    Node root;

    explicit Parsed(std::string_view text, std::string name = "a.yaml")
        : root(files.parse(text, std::move(name), environment(), diagnostics)) {}
    const Node& a() const { return *root.find("a"); }
};

TEST_CASE("a variable is put in as it is, never read as YAML") {
    const Parsed parsed("a: u=${PASSWORD}!");
    REQUIRE(parsed.diagnostics.text() == "");
    CHECK(parsed.a().scalar == "u=s3cr3t: [x!");
}

TEST_CASE("a variable's value is remembered where it stands, and is no secret by itself") {
    const Parsed parsed("a: ${PASSWORD}:${PIN}\nb: c");
    CHECK(parsed.a().variables == std::vector<std::string>{"s3cr3t: [x", "12"});
    CHECK_FALSE(parsed.a().secret);
    CHECK(parsed.root.find("b")->variables.empty());
    CHECK(parsed.files.secrets().empty());
}

TEST_CASE("what a variable holds is not substituted again") {
    CHECK(Parsed("a: ${AGAIN}").a().scalar == "${PASSWORD}");
}

TEST_CASE("a default is used for an undefined variable only and is no variable's value") {
    const Parsed parsed("a: ${NOBODY:http://x}");
    CHECK(parsed.a().scalar == "http://x");
    CHECK(parsed.a().variables.empty());
    CHECK(Parsed("a: ${NOBODY:}").a().scalar == "");
    CHECK(Parsed("a: ${EMPTY:full}").a().scalar == "");
}

TEST_CASE("a doubled dollar is a literal") {
    const Parsed parsed("a: cost $${PIN} ${PIN} $5 $$");
    CHECK(parsed.diagnostics.text() == "");
    CHECK(parsed.a().scalar == "cost ${PIN} 12 $5 $$");
}

TEST_CASE("keys are not substituted") { CHECK(Parsed("\"${PIN}\": 1").root.entries[0].key == "${PIN}"); }

TEST_CASE("references in quotes work inside flow maps, and stay quoted") {
    const Parsed parsed("{a: \"${PIN}\", b: 1}");
    CHECK(parsed.a().scalar == "12");
    CHECK(parsed.a().quoted);
}

TEST_CASE("each reference that cannot be resolved is an error at its value") {
    const Parsed parsed("a: ${NOBODY}${NOTHING}\nb: x${\nc: ${1A}\nd: ${file:}\ne: ${BINARY}\nf: ${A:${B}}\n");
    CHECK(parsed.diagnostics.text() ==
          "a.yaml:1:4: error: undefined variable 'NOBODY': set it, or give a default as in ${NOBODY:default}\n"
          "a.yaml:1:4: error: undefined variable 'NOTHING': set it, or give a default as in ${NOTHING:default}\n"
          "a.yaml:2:4: error: expected ${VAR}, ${VAR:default} or ${file:PATH} (a literal ${ is written as $${)\n"
          "a.yaml:3:4: error: expected ${VAR}, ${VAR:default} or ${file:PATH} (a literal ${ is written as $${)\n"
          "a.yaml:4:4: error: expected ${VAR}, ${VAR:default} or ${file:PATH} (a literal ${ is written as $${)\n"
          "a.yaml:5:4: error: variable 'BINARY' holds invalid UTF-8 (byte 0xff)\n"
          "a.yaml:6:4: error: a reference inside of a reference: a default is plain text\n");
}

TEST_CASE("a file's content is a secret without the line end at its end") {
    const TemporaryDirectory directory;
    directory.write("password", "top secret\n");
    const Parsed parsed("a: ${file:" + (directory.path() / "password").string() + "}");
    REQUIRE(parsed.diagnostics.text() == "");
    CHECK(parsed.a().scalar == "top secret");
    CHECK(parsed.a().secret);
    CHECK(parsed.files.secrets() == std::vector<std::string>{"top secret"});
}

TEST_CASE("a password in a connection string that a file holds is a secret of its own") {
    const TemporaryDirectory directory;
    directory.write("dsn", "postgres://crm:top%20secret@db/erp\n");
    const Parsed parsed("a: ${file:" + (directory.path() / "dsn").string() + "}");
    for (const std::string secret : {"postgres://crm:top%20secret@db/erp", "top%20secret", "top secret"}) {
        CAPTURE(secret);
        CHECK(std::ranges::count(parsed.files.secrets(), secret) == 1);
    }
}

TEST_CASE("a relative secret file is looked for beside the configuration") {
    const TemporaryDirectory directory;
    directory.write("password", "beside\r\n");
    CHECK(Parsed("a: ${file:password}", (directory.path() / "c.yaml").string()).a().scalar == "beside");
}

TEST_CASE("a secret file that is missing, too large or no file is an error with its path") {
    const TemporaryDirectory directory;
    directory.write("large", std::string(64 * 1024 + 1, 'x'));
    const std::string at = directory.path().string();
    CHECK(Parsed("a: ${file:" + at + "/none}").diagnostics.text() ==
          "a.yaml:1:4: error: cannot read '" + at + "/none': No such file or directory\n");
    CHECK(Parsed("a: ${file:" + at + "/large}").diagnostics.text() ==
          "a.yaml:1:4: error: cannot read '" + at + "/large': larger than 65536 bytes\n");
    CHECK(Parsed("a: ${file:" + at + "}").diagnostics.text() ==
          "a.yaml:1:4: error: cannot read '" + at + "': not a regular file\n");
}

TEST_CASE("substitution cannot grow beyond the limit of bytes") {
    const TemporaryDirectory directory;
    directory.write("s", std::string(64 * 1024, 'x'));
    std::string text = "a: \"";
    for (int i = 0; i < 100; ++i) text += "${file:" + (directory.path() / "s").string() + "}";
    const Parsed parsed(text + "\"");
    CHECK(parsed.diagnostics.text() == "a.yaml:1:4: error: too much text after substitution\n");
}

}  // namespace
}  // namespace tributary
