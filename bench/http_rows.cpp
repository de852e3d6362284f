// How fast an answer's JSON becomes rows on one core: MB of JSON a second, in chunks as libcurl gives them.
// ./run build release http_rows && build/release/http_rows [MB]
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include "connectors/kit/http/json_decoder.hpp"
#include "connectors/kit/http/row_scanner.hpp"

namespace tributary {
namespace {

constexpr double least_megabytes = 150;
constexpr std::size_t chunk = 16 * 1024;

std::string orders(std::size_t bytes) {
    std::string json = R"({"data":{"items":[)";
    for (int i = 0; json.size() < bytes; ++i)
        json += fmt::format(
            R"({}{{"id":{},"number":"SO-{:08}","customer":{{"id":{},"name":"Müller & Söhne {}"}},"state":"confirmed",)"
            R"("created_at":"2026-01-{:02}T10:15:30.123456Z","total":{{"amount":{}.{:02},"currency":"EUR"}},"note":null,)"
            R"("lines":[{{"position":1,"sku":"A-{}","quantity":"{}.000","price":12.50}},)"
            R"({{"position":2,"sku":"B-{}","quantity":"1.000","price":0.99}}]}})",
            i ? "," : "", i, i, i % 5'000, i % 5'000, i % 28 + 1, i % 997, i % 100, i % 300, i % 9 + 1, i % 200);
    return json + R"(]},"next":null})";
}

double cpu_seconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

std::size_t read(const std::string& json, http::JsonDecoder& decoder) {
    http::RowScanner scanner(*http::parse_pointer("/data/items"), {});
    Arena arena;
    std::size_t rows = 0;
    for (std::size_t at = 0; at < json.size(); at += chunk) {
        scanner.push(std::string_view(json).substr(at, chunk));
        for (;;) {
            const auto element = scanner.next();
            if (!element || element->empty()) break;
            if (!decoder.decode(*element, arena)) return 0;
            if (++rows % 10'000 == 0) arena.clear();
        }
    }
    return scanner.done() ? rows : 0;
}

int run(std::size_t megabytes) {
    const std::string json = orders(megabytes * 1'000'000);
    http::JsonDecoder decoder;
    double best = 0;
    for (int round = 0; round < 5; ++round) {
        const double begun = cpu_seconds();
        const std::size_t rows = read(json, decoder);
        const double took = cpu_seconds() - begun;
        if (rows == 0) return EXIT_FAILURE;
        const double speed = static_cast<double>(json.size()) / 1e6 / took;
        best = std::max(best, speed);
        fmt::print("{:.0f} MB/s, {} rows, {:.0f} ns a row\n", speed, rows, took * 1e9 / static_cast<double>(rows));
    }
    return best >= least_megabytes ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace tributary

int main(int count, char** arguments) {
    return tributary::run(count > 1 ? static_cast<std::size_t>(std::atoi(arguments[1])) : 50);
}
