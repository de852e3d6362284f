#include "core/http/address.hpp"

#include <fmt/format.h>

#include <boost/asio/ip/address.hpp>
#include <charconv>

namespace tributary {

namespace {

std::unexpected<Error> not_an_address(std::string_view text) {
    return fail(Verdict::stop, "bad_address",
                fmt::format("'{}' is no HOST:PORT such as 127.0.0.1:8480, [::1]:8480 or localhost:8480", text));
}

}  // namespace

bool HttpAddress::is_loopback() const {
    boost::system::error_code wrong;
    const auto address = boost::asio::ip::make_address(host, wrong);
    return !wrong && address.is_loopback();
}

std::string HttpAddress::text() const {
    return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

Result<HttpAddress> parse_http_address(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return not_an_address(text);
    HttpAddress address{std::string(text.substr(0, colon)), 0};
    const std::string_view digits = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
    if (error != std::errc{} || end != digits.data() + digits.size()) return not_an_address(text);
    const bool bracketed = address.host.size() > 2 && address.host.front() == '[' && address.host.back() == ']';
    if (bracketed) address.host = address.host.substr(1, address.host.size() - 2);
    if (address.host == "localhost") address.host = "127.0.0.1";
    boost::system::error_code wrong;
    const auto parsed = boost::asio::ip::make_address(address.host, wrong);
    if (wrong || parsed.is_v6() != bracketed) return not_an_address(text);
    return address;
}

}  // namespace tributary
