#include "core/http/address.hpp"

#include <catch2/catch.hpp>

using namespace tributary;

TEST_CASE("an address is HOST:PORT with a literal host", "[http]") {
    CHECK(parse_http_address("127.0.0.1:8480") == HttpAddress{"127.0.0.1", 8480});
    CHECK(parse_http_address("localhost:0") == HttpAddress{"127.0.0.1", 0});
    CHECK(parse_http_address("[::1]:65535") == HttpAddress{"::1", 65535});
    CHECK(parse_http_address("0.0.0.0:80") == HttpAddress{"0.0.0.0", 80});
}

TEST_CASE("what is no address stops, and the message shows one", "[http]") {
    for (const auto* wrong :
         {"", ":", "8480", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:80 ",
          "::1:80", "[127.0.0.1]:80", "[::1:80", "example.org:80", "[]:80"}) {
        INFO(wrong);
        const auto parsed = parse_http_address(wrong);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().verdict == Verdict::stop);
        CHECK(parsed.error().what.find("127.0.0.1:8480") != std::string::npos);
    }
}

TEST_CASE("an address knows whether it is reachable from elsewhere, and writes itself", "[http]") {
    CHECK(HttpAddress{"127.0.0.1", 1}.is_loopback());
    CHECK(HttpAddress{"::1", 1}.is_loopback());
    CHECK_FALSE(HttpAddress{"0.0.0.0", 1}.is_loopback());
    CHECK(HttpAddress{"::1", 8480}.text() == "[::1]:8480");
    CHECK(HttpAddress{"127.0.0.1", 8480}.text() == "127.0.0.1:8480");
}
