#include <catch2/catch.hpp>

#include "core/settings/option.hpp"
#include "core/settings/redact.hpp"
#include "core/settings/tests/temporary_directory.hpp"
#include "core/settings/yaml.hpp"

namespace tributary {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view clocks[] = {"database", "application"};

constexpr Option watermark_options[] = {
    {.name = "column", .help = "Column that grows with every change.", .required = true, .example = "updated_at"},
    {.name = "overlap", .type = OptionType::duration, .help = "How far back each poll reads.", .fallback = "60s"},
    {.name = "stamped_by",
     .type = OptionType::choice,
     .help = "Whose clock.",
     .fallback = "database",
     .choices = clocks},
};

constexpr Option include_options[] = {
    {.name = "table", .help = "Child table.", .required = true},
    {.name = "key", .type = OptionType::texts, .help = "Its key."},
};

constexpr std::string_view changes[] = {"reread"};

constexpr Option stream_options[] = {
    {.name = "table", .help = "Table or view."},
    {.name = "key", .type = OptionType::texts, .help = "Key columns.", .required = true, .example = "[id]"},
    {.name = "watermark", .type = OptionType::section, .help = "How changes are found.", .fields = watermark_options},
    {.name = "include", .type = OptionType::sections, .help = "Child rows.", .fields = include_options},
    {.name = "every", .type = OptionType::duration, .help = "Pause between polls.", .fallback = "10s", .at_least = 10},
    {.name = "page",
     .type = OptionType::integer,
     .help = "Rows a page.",
     .fallback = "1000",
     .at_least = 1,
     .at_most = 100'000},
    {.name = "most", .type = OptionType::bytes, .help = "Bytes a page.", .fallback = "8MB", .at_least = 64 * 1024},
    {.name = "active", .type = OptionType::boolean, .help = "Whether it runs.", .fallback = "true"},
    {.name = "schemas", .type = OptionType::texts, .help = "Where to look.", .fallback = "[public, app]"},
    {.name = "host", .help = "What an operator has to read."},
    {.name = "dsn", .help = "Where the database is.", .secret = true},
    {.name = "pin", .type = OptionType::integer, .help = "A number nobody may see.", .secret = true, .at_most = 9},
    {.name = "on_change", .type = OptionType::choice, .help = "A changed mapping.", .choices = changes},
    {.name = "sweep", .help = "Read all again.", .not_yet = "sweeps come with the next release"},
    {.name = "fields", .type = OptionType::any, .help = "The mapping."},
};

struct Read {
    YamlFiles files;
    Diagnostics diagnostics;
    Node root;
    Settings settings;

    explicit Read(std::string_view text)
        : root(files.parse(
              text, "a.yaml",
              [](std::string_view name) {
                  return name == "NOBODY" ? std::nullopt : std::optional("of-" + std::string(name));
              },
              diagnostics)),
          settings(read_settings(root, stream_options, diagnostics, "a postgres stream")) {}
    std::string errors() const { return diagnostics.text(); }
};

TEST_CASE("what is written is read, and what is not has its default") {
    const Read read(
        "key: id\nevery: 250ms\nwatermark: {column: changed_at}\ninclude: {lines: {table: l, key: [a, b]}}\n");
    REQUIRE(read.errors() == "");
    CHECK(read.settings.texts("key") == std::vector<std::string>{"id"});
    CHECK(read.settings.duration("every") == 250ms);
    CHECK(read.settings.integer("page") == 1000);
    CHECK(read.settings.integer("most") == 8 * 1024 * 1024);
    CHECK(read.settings.boolean("active"));
    CHECK(read.settings.texts("schemas") == std::vector<std::string>{"public", "app"});
    CHECK(read.settings.section("watermark").text("column") == "changed_at");
    CHECK(read.settings.section("watermark").text("stamped_by") == "database");
    const auto included = read.settings.sections("include");
    REQUIRE(included.size() == 1);
    CHECK(included[0].first == "lines");
    CHECK(included[0].second.texts("key") == std::vector<std::string>{"a", "b"});
}

TEST_CASE("an option that is not written is absent, and so is one set to null") {
    const Read read("key: id\ntable: ~\n");
    REQUIRE(read.errors() == "");
    CHECK_FALSE(read.settings.has("table"));
    CHECK_FALSE(read.settings.has("every"));
    CHECK(read.settings.has("key"));
    CHECK(read.settings.text("table") == "");
    CHECK_FALSE(read.settings.integer("pin"));
    CHECK(read.settings.node("fields") == nullptr);
    CHECK(read.settings.section("watermark").duration("overlap") == 60s);
    CHECK(read.settings.place("table").line == 1);
}

TEST_CASE("a number in quotes is a number where one is declared") {
    const Read read("key: id\npage: \"7\"\n");
    CHECK(read.errors() == "");
    CHECK(read.settings.integer("page") == 7);
}

struct Bad {
    std::string text;
    std::string error;
};

TEST_CASE("what an option cannot take is an error that says what was expected and what was found") {
    const Bad cases[] = {
        {"every: abc", "8: error: expected a duration such as 10s, 5m or 1h, found 'abc'"},
        {"every: 5", "8: error: expected a duration such as 10s, 5m or 1h, found '5'"},
        {"every: 5ms", "8: error: 'every' must be at least 10ms, found '5ms'"},
        {"page: 1.5", "7: error: expected a whole number, found '1.5'"},
        {"page: 0", "7: error: 'page' must be at least 1, found '0'"},
        {"page: 100001", "7: error: 'page' must be at most 100000, found '100001'"},
        {"most: 1KB", "7: error: 'most' must be at least 64KB, found '1KB'"},
        {"most: 8mb", "7: error: expected a size such as 64KB, 8MB or 1GB, found '8mb'"},
        {"active: yes", "9: error: expected true or false, found 'yes'"},
        {"table: [a]", "8: error: expected text, found a list"},
        {"table: {a: 1}", "8: error: expected text, found a map"},
        {"schemas: {a: 1}", "10: error: expected a text or a list of texts, found a map"},
        {"schemas: [a, [b]]", "14: error: expected text, found a list"},
        {"watermark: updated_at",
         "12: error: expected a map with the options of 'watermark' of a postgres stream, found 'updated_at'"},
        {"watermark: {}", "12: error: 'watermark' of a postgres stream needs 'column', such as updated_at"},
        {"watermark: {column: a, stamped_by: databas}",
         "36: error: expected database or application, found 'databas', did you mean 'database'?"},
        {"include: {lines: }", "11: error: 'include.lines' of a postgres stream needs 'table'"},
        {"include: [lines]", "10: error: expected a map of names to options, found a list"},
        {"include: {lines: {tabel: x, table: y}}",
         "19: error: unknown option 'tabel' of 'include.lines' of a postgres stream, did you mean 'table'?"},
        {"on_change: forwrd", "12: error: expected 'reread', found 'forwrd'"},
        {"sweep: {every: 24h}", "1: error: not yet: sweeps come with the next release"},
        {"watermrk: {}", "1: error: unknown option 'watermrk' of a postgres stream, did you mean 'watermark'?"},
        {"colour: red", "1: error: unknown option 'colour' of a postgres stream"},
    };
    for (const Bad& bad : cases) {
        CAPTURE(bad.text);
        CHECK(Read("key: id\n" + bad.text).errors() == "a.yaml:2:" + bad.error + "\n");
    }
}

TEST_CASE("a missing required option is an error at its map, an empty one at its key") {
    CHECK(Read("table: a").errors() == "a.yaml:1:1: error: a postgres stream needs 'key', such as [id]\n");
    CHECK(Read("table: a\nkey:\n").errors() == "a.yaml:2:1: error: a postgres stream needs 'key', such as [id]\n");
    CHECK(Read("[a]").errors() ==
          "a.yaml:1:1: error: expected a map with the options of a postgres stream, found a list\n");
}

TEST_CASE("the value of a secret never shows in a message") {
    const TemporaryDirectory directory;
    directory.write("canary", "hidden");
    const std::string file = "${file:" + (directory.path() / "canary").string() + "}";
    const std::string not_shown = "found a value that is not shown because it is secret\n";
    CHECK(Read("key: id\nevery: " + file).errors() ==
          "a.yaml:2:8: error: expected a duration such as 10s, 5m or 1h, " + not_shown);
    CHECK(Read("key: id\nwatermark: {column: a, stamped_by: \"" + file + "\"}").errors() ==
          "a.yaml:2:36: error: expected database or application, " + not_shown);
    CHECK(Read("key: id\npin: 1234").errors() == "a.yaml:2:6: error: 'pin' must be at most 9, " + not_shown);
    CHECK(Read("key: id\npin: ${PIN}").errors() == "a.yaml:2:6: error: expected a whole number, " + not_shown);
}

TEST_CASE("the value of a variable shows in a message about an option that is no secret") {
    CHECK(Read("key: id\nevery: ${EVERY}").errors() ==
          "a.yaml:2:8: error: expected a duration such as 10s, 5m or 1h, found 'of-EVERY'\n");
}

/// What stays readable of `text` in a log when `dsn` is the value of a secret option.
std::string shown(std::string_view dsn, std::string text) {
    const Read read("key: id\nhost: ${HOST}\ndsn: \"" + std::string(dsn) + "\"\n");
    return Redactor(read.settings.secret_values()).redact(std::move(text));
}

TEST_CASE("a secret that stands in the file itself is known for redaction") {
    CHECK(shown("c4n4ry", "refused: c4n4ry") == "refused: ***");
    CHECK(shown("before ${NOBODY:c4n4ry}", "refused: before c4n4ry") == "refused: ***");
}

TEST_CASE("the password in a connection string is a secret of its own, as it is written and as it is meant") {
    CHECK(shown("postgres://crm:c4n4ry@db/erp", "user crm, password c4n4ry, host db") ==
          "user crm, password ***, host db");
    CHECK(shown("postgres://crm:c4n%2fry@db/erp", "c4n/ry c4n%2fry c4n%2Fry") == "*** *** ***");
    CHECK(shown("postgres://crm:c4n?ry@db/erp", "refused: c4n?ry") == "refused: ***");
    CHECK(shown("postgres://crm:c4n@ry@db/erp", "refused: c4n@ry") == "refused: ***");
    CHECK(shown("postgres://db/erp?user=crm&password=c4n4ry&x=y", "x=y c4n4ry crm") == "x=y *** crm");
    CHECK(shown("host=db password=c4n4ry user=crm", "db crm c4n4ry") == "db crm ***");
    CHECK(shown("host=db password = c4n4ry", "db c4n4ry") == "db ***");
    CHECK(shown("host=db PASSWORD='c4n \\\\' 4ry' x=y", "x=y c4n ' 4ry") == "x=y ***");
    CHECK(shown("host=db password=c4n;4ry", "db c4n;4ry") == "db ***");
    CHECK(shown("Server=db;Password=c4n4ry;Database=erp", "Database=erp c4n4ry") == "Database=erp ***");
}

TEST_CASE("a variable in a secret option is a secret") {
    CHECK(shown("${TOKEN}", "of-TOKEN") == "***");
    CHECK(shown("Bearer ${TOKEN}", "refused: of-TOKEN") == "refused: ***");
    CHECK(shown("postgres://crm:x${PASSWORD}y@db/erp", "refused: of-PASSWORD") == "refused: ***");
    CHECK(shown("host=db password='${PASSWORD}'", "refused: of-PASSWORD") == "refused: ***");
}

TEST_CASE("variables beside the password of a connection string are no secrets") {
    CHECK(shown("postgres://${USER}:${PASSWORD}@${HOST}/erp", "of-USER at of-HOST, of-PASSWORD") ==
          "of-USER at of-HOST, ***");
}

TEST_CASE("a variable in an option that is no secret is none") {
    CHECK(shown("c4n4ry", "cannot reach of-HOST") == "cannot reach of-HOST");
}

TEST_CASE("durations and sizes are read exactly or not at all") {
    CHECK(parse_duration("1500ms") == 1500ms);
    CHECK(parse_duration("7d") == 168h);
    CHECK(parse_duration("5m") == 5min);
    CHECK(parse_duration("0") == 0ms);
    for (const std::string_view bad :
         {"", "s", "-1s", "+1s", "1 s", "1.5s", "1S", "1h30m", "5", "9223372036854775807s"})
        CHECK_FALSE(parse_duration(bad));
    CHECK(parse_bytes("1024") == 1024);
    CHECK(parse_bytes("64KB") == 65536);
    CHECK(parse_bytes("1GB") == 1LL << 30);
    for (const std::string_view bad : {"", "KB", "-1", "-1KB", "1kb", "1 KB", "1.5MB", "9223372036854775807KB"})
        CHECK_FALSE(parse_bytes(bad));
}

TEST_CASE("every typo of a map is reported at its place, all at once, with what was meant") {
    const Read read(R"(tabel: wms.stock
Key: [sku, location]
water-mark: {column: changed_at}
watermark:
  colunm: changed_at
  overlap: 30
  stamped_by: datbase
include:
  lines:
    tabl: wms.line
    key: [{no: 1}]
evry: 10s
every: 10sec
pgae: 500
colour: blue
)");
    CHECK(read.errors() ==
          "a.yaml:1:1: error: unknown option 'tabel' of a postgres stream, did you mean 'table'?\n"
          "a.yaml:1:1: error: a postgres stream needs 'key', such as [id]\n"
          "a.yaml:2:1: error: unknown option 'Key' of a postgres stream, did you mean 'key'?\n"
          "a.yaml:3:1: error: unknown option 'water-mark' of a postgres stream, did you mean 'watermark'?\n"
          "a.yaml:5:3: error: unknown option 'colunm' of 'watermark' of a postgres stream, did you mean 'column'?\n"
          "a.yaml:5:3: error: 'watermark' of a postgres stream needs 'column', such as updated_at\n"
          "a.yaml:6:12: error: expected a duration such as 10s, 5m or 1h, found '30'\n"
          "a.yaml:7:15: error: expected database or application, found 'datbase', did you mean 'database'?\n"
          "a.yaml:10:5: error: unknown option 'tabl' of 'include.lines' of a postgres stream, did you mean 'table'?\n"
          "a.yaml:10:5: error: 'include.lines' of a postgres stream needs 'table'\n"
          "a.yaml:11:11: error: expected text, found a map\n"
          "a.yaml:12:1: error: unknown option 'evry' of a postgres stream, did you mean 'every'?\n"
          "a.yaml:13:8: error: expected a duration such as 10s, 5m or 1h, found '10sec'\n"
          "a.yaml:14:1: error: unknown option 'pgae' of a postgres stream, did you mean 'page'?\n"
          "a.yaml:15:1: error: unknown option 'colour' of a postgres stream\n");
}

}  // namespace
}  // namespace tributary
