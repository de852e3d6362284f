#include "core/status/log.hpp"

#include <rapidjson/document.h>
#include <spdlog/sinks/ostream_sink.h>

#include <catch2/catch.hpp>
#include <limits>
#include <sstream>
#include <vector>

#include "core/status/line.hpp"
#include "core/status/repeats.hpp"
#include "core/status/tests/fake_clock.hpp"

using namespace tributary;
using namespace std::string_literals;

namespace {

/// Sends the log to a string for the length of a test.
class Captured {
  public:
    explicit Captured(LogFormat format, LogLevel level = LogLevel::info) {
        start_log({.format = format,
                   .level = level,
                   .redact =
                       [](std::string& text) {
                           for (auto at = text.find("hunter2"); at != std::string::npos; at = text.find("hunter2"))
                               text.replace(at, 7, "***");
                       },
                   .clock = clock,
                   .sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(out_)});
    }
    ~Captured() { start_log({.level = LogLevel::warning}); }
    Captured(const Captured&) = delete;

    std::vector<std::string> lines() const {
        std::vector<std::string> all;
        std::istringstream in(out_.str());
        for (std::string line; std::getline(in, line);) all.push_back(line);
        return all;
    }

    FakeClock clock;

  private:
    std::ostringstream out_;
};

rapidjson::Document parsed(const std::string& line) {
    rapidjson::Document document;
    document.Parse<rapidjson::kParseValidateEncodingFlag>(line.c_str(), line.size());
    INFO(line);
    REQUIRE_FALSE(document.HasParseError());
    return document;
}

}  // namespace

TEST_CASE("a text line has time, level, component, message and fields", "[log]") {
    Captured log(LogFormat::text);
    log_info("commit", "transaction committed", {{"number", 42U}, {"took", 0.5}, {"last", true}, {"lag", -3}});
    CHECK(log.lines() == std::vector<std::string>{"2026-01-31T12:00:00.000Z info    commit: transaction committed "
                                                  "number=42 took=0.5 last=true lag=-3"});
}

TEST_CASE("a value can neither break a text line nor pass for another field", "[log]") {
    Captured log(LogFormat::text);
    log_info("pull", "failed\nfake: line", {{"reason", "a b\n\x1b[31m\"c\" d=1"}, {"empty", ""}});
    REQUIRE(log.lines().size() == 1);
    CHECK(log.lines()[0] ==
          "2026-01-31T12:00:00.000Z info    pull: failed\\nfake: line "
          R"(reason="a b\n\u001b[31m\"c\" d=1" empty="")");
}

TEST_CASE("a JSON line is one object whatever the values hold", "[log]") {
    Captured log(LogFormat::json);
    const std::string reason = "quote \" slash \\ nul \0 bad utf-8 \xff\xc0\x80 surrogate \xed\xa0\x80 ok Łódź 🏭"s;
    log_error("pull", "failed",
              {{"reason", reason}, {"attempts", 3}, {"nan", std::numeric_limits<double>::quiet_NaN()}});
    const auto line = parsed(log.lines().at(0));
    CHECK(line["time"].GetString() == std::string("2026-01-31T12:00:00.000Z"));
    CHECK(line["level"].GetString() == std::string("error"));
    CHECK(line["component"].GetString() == std::string("pull"));
    CHECK(line["message"].GetString() == std::string("failed"));
    CHECK(line["attempts"].GetInt() == 3);
    CHECK(line["nan"].IsNull());
    const std::string read(line["reason"].GetString(), line["reason"].GetStringLength());
    CHECK(read == "quote \" slash \\ nul \0 bad utf-8 \uFFFD\uFFFD\uFFFD surrogate \uFFFD\uFFFD\uFFFD ok Łódź 🏭"s);
}

TEST_CASE("no secret shows, in a message or a field, as text or JSON", "[log]") {
    for (const auto format : {LogFormat::text, LogFormat::json}) {
        Captured log(format);
        log_info("pull", "login hunter2 failed", {{"dsn", "postgres://crm:hunter2@erp/db"}});
        REQUIRE(log.lines().size() == 1);
        CHECK(log.lines()[0].find("hunter2") == std::string::npos);
        CHECK(log.lines()[0].find("postgres://crm:***@erp/db") != std::string::npos);
    }
}

TEST_CASE("lines below the level are not written", "[log]") {
    Captured log(LogFormat::text, LogLevel::warning);
    log_debug("a", "debug");
    log_info("a", "info");
    log_warning("a", "warning");
    log_error("a", "error");
    CHECK(log.lines().size() == 2);
    set_log_level(LogLevel::off);
    log_error("b", "error");
    CHECK(log.lines().size() == 2);
}

TEST_CASE("a warning that repeats within ten seconds is counted, and the count is written", "[log]") {
    Captured log(LogFormat::json);
    for (int i = 0; i < 5; ++i) log_warning("pull", "source failed", {{"source", "erp"}, {"attempt", i}});
    CHECK(log.lines().size() == 1);
    log.clock.pass(11_s);
    log_info("commit", "something else");
    REQUIRE(log.lines().size() == 3);
    const auto held = parsed(log.lines()[1]);
    CHECK(held["level"].GetString() == std::string("warning"));
    CHECK(held["message"].GetString() == std::string("source failed"));
    CHECK(held["source"].GetString() == std::string("erp"));
    CHECK(held["repeated"].GetInt() == 4);
    log_warning("pull", "source failed", {{"source", "erp"}});
    CHECK(log.lines().size() == 4);
}

TEST_CASE("warnings of another source or code are others, and information is never held back", "[log]") {
    Captured log(LogFormat::text);
    log_warning("pull", "source failed", {{"source", "erp"}});
    log_warning("pull", "source failed", {{"source", "shop"}});
    log_warning("pull", "source failed", {{"source", "shop"}, {"code", "refused"}});
    log_info("pull", "done");
    log_info("pull", "done");
    CHECK(log.lines().size() == 5);
}

TEST_CASE("what was only counted is written before the end", "[log]") {
    Captured log(LogFormat::text);
    log_warning("pull", "source failed");
    log_warning("pull", "source failed");
    flush_log();
    REQUIRE(log.lines().size() == 2);
    CHECK(log.lines()[1].find("repeated=1") != std::string::npos);
}

TEST_CASE("a clock set back does not hold warnings back for ever", "[log]") {
    Repeats repeats(10_s);
    CHECK(repeats.pass({.component = "a"}, 1000_s));
    CHECK_FALSE(repeats.pass({.component = "a"}, 1001_s));
    CHECK(repeats.expire(500_s).size() == 1);
    CHECK(repeats.pass({.component = "a"}, 500_s));
}

TEST_CASE("a flood of different warnings takes no memory without bound", "[log]") {
    Repeats repeats(10_s);
    for (std::size_t i = 0; i < Repeats::most_kinds; ++i) REQUIRE(repeats.pass({.message = std::to_string(i)}, 0));
    CHECK(repeats.pass({.message = "one more"}, 0));
    CHECK(repeats.pass({.message = "one more"}, 0));
    CHECK_FALSE(repeats.pass({.message = "0"}, 0));
}

TEST_CASE("names of levels are read back", "[log]") {
    for (const auto level : {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error, LogLevel::off})
        CHECK(log_level_of(name_of(level)) == level);
    CHECK_FALSE(log_level_of("loud"));
}

TEST_CASE("a moment is written as RFC 3339 in UTC, also before 1970", "[log]") {
    CHECK(utc_text(0) == "1970-01-01T00:00:00.000Z");
    CHECK(utc_text(1'709'210'096'789'999) == "2024-02-29T12:34:56.789Z");
    CHECK(utc_text(-1000) == "1969-12-31T23:59:59.999Z");
}
