#include "core/settings/redact.hpp"

#include <catch2/catch.hpp>

namespace tributary {
namespace {

TEST_CASE("every known secret becomes three stars") {
    const Redactor redactor({"hunter2", "s3cr3t"});
    CHECK(redactor.redact("login s3cr3t with hunter2, hunter2!") == "login *** with ***, ***!");
    CHECK(redactor.redact("hunter2") == "***");
}

TEST_CASE("a text without secrets comes back as it was, without a copy") {
    const Redactor redactor({"hunter2"});
    std::string text(1000, 'h');
    const char* before = text.data();
    CHECK_FALSE(redactor.touches(text));
    const std::string after = redactor.redact(std::move(text));
    CHECK(after.data() == before);
    CHECK(Redactor().redact("hunter2") == "hunter2");
    CHECK(redactor.redact("") == "");
}

TEST_CASE("of secrets within one another or overlapping nothing is left over") {
    CHECK(Redactor({"pass", "password1"}).redact("a password1 b") == "a *** b");
    CHECK(Redactor({"abcd", "cdef"}).redact("-abcdef-") == "-***-");
    CHECK(Redactor({"aaaa"}).redact("baaaaaab") == "b***b");
    CHECK(Redactor({"abcd", "efgh"}).redact("abcdefgh") == "******");
}

TEST_CASE("secrets of less than four bytes are left alone") { CHECK(Redactor({"abc", ""}).redact("abc") == "abc"); }

TEST_CASE("secrets are found as JSON and URLs show them, and line by line") {
    const Redactor redactor({"a\"b/c d", "-- KEY --\nMIIEow\n"});
    CHECK(redactor.redact(R"({"p":"a\"b/c d"})") == R"({"p":"***"})");
    CHECK(redactor.redact("?p=a%22b%2Fc%20d&x") == "?p=***&x");
    CHECK(redactor.redact("line MIIEow.") == "line ***.");
    CHECK(redactor.redact(R"("-- KEY --\nMIIEow\n")") == R"("***")");
}

TEST_CASE("the password of a URL is hidden, known or not") {
    const Redactor redactor;
    CHECK(redactor.redact("to postgres://feed:top@db:5432/wms now") == "to postgres://feed:***@db:5432/wms now");
    CHECK(redactor.redact("amqp://u:p@w@h") == "amqp://u:***@h");
    CHECK(redactor.redact("a://u:1@h b://v:2@h") == "a://u:***@h b://v:***@h");
    for (const std::string text : {"http://host:80/a@b", "http://user@host/", "http://host/?q=a:b@c", "x://", "://:@h"})
        CHECK(redactor.redact(text) == text);
}

TEST_CASE("what follows password= is hidden") {
    const Redactor redactor;
    CHECK(redactor.redact("host=a password=top dbname=b") == "host=a password=*** dbname=b");
    CHECK(redactor.redact("PASSWORD='a \\' b' x") == "PASSWORD=*** x");
    CHECK(redactor.redact("sasl.password=top") == "sasl.password=***");
    CHECK(redactor.redact("password= x") == "password= x");
    CHECK(redactor.redact("password=") == "password=");
}

}  // namespace
}  // namespace tributary
