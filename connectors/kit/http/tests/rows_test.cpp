#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "connectors/kit/http/errors.hpp"
#include "connectors/kit/http/json_decoder.hpp"
#include "connectors/kit/http/options.hpp"
#include "connectors/kit/http/row_scanner.hpp"
#include "connectors/kit/http/settings.hpp"

namespace tributary::http {
namespace {

std::string spelled(const Value& value) {
    std::string text(name_of(value.kind));
    if (value.has_text()) return text + "'" + std::string(value.view()) + "'";
    if (value.kind == Kind::integer) return text + std::to_string(value.integer);
    if (value.kind == Kind::boolean) return value.boolean ? "true" : "false";
    if (value.kind == Kind::list)
        for (const Value& item : value.items()) text += "," + spelled(item);
    if (value.kind == Kind::object)
        for (std::size_t i = 0; i < value.object->size(); ++i)
            text += "," + value.object->shape->names[i] + "=" + spelled(value.object->values[i]);
    return text;
}

/// What comes out of a text that arrives in pieces: rows and what is around them, or the error's code.
struct Read {
    std::vector<std::string> rows;
    std::string around;
    std::string code;
    bool found = false;
    bool operator==(const Read&) const = default;
};

Read read(std::string_view text, std::string_view pointer, const std::function<std::size_t()>& piece, Caps caps = {}) {
    Read out;
    RowScanner scanner(*parse_pointer(pointer), caps);
    JsonDecoder decoder;
    Arena arena;
    for (bool ended = false;;) {
        const auto element = scanner.next();
        if (!element) {
            out.code = element.error().code;
            return out;
        }
        if (!element->empty()) {
            const auto row = decoder.decode(*element, arena);
            if (!row) {
                out.code = "bad_json";
                return out;
            }
            out.rows.push_back(spelled(*row));
            continue;
        }
        if (ended) break;
        const std::size_t size = std::min(piece(), text.size());
        scanner.push(text.substr(0, size));
        text.remove_prefix(size);
        if (!text.empty()) continue;
        scanner.end();
        ended = true;
    }
    std::string& around = scanner.envelope();
    const auto value = decoder.decode({around.data(), around.size()}, arena);
    out.found = scanner.found();
    if (value)
        out.around = spelled(*value);
    else
        out.code = "bad_json";
    return out;
}

Read whole(std::string_view text, std::string_view pointer, Caps caps = {}) {
    return read(
        text, pointer, [] { return std::size_t{1} << 30; }, caps);
}

constexpr std::string_view sample =
    R"( { "meta" : {"count": 3, "a\"b": [1, {"data": []}]}, "data": {"other": [ 7 ], "items": [ {"id": 1, "t": "a,]}\"\\"},
      {"t":"ü\u00fc\u20ac😀","id":-2.50,"n":{"l":[[],[{}],null,true]}} , 12345678901234567890, "text", 1e3,null,[1,[2]],
      {"id":1,"id":2,"x":1E30}]}, "next": null } )";

TEST_CASE("rows come out alike, whatever pieces an answer arrives in", "[http]") {
    const Read expected = whole(sample, "/data/items");
    CHECK(expected.found);
    CHECK(expected.code.empty());
    CHECK(expected.rows ==
          std::vector<std::string>{"object,id=integer1,t=text'a,]}\"\\'",
                                   "object,t=text'üü€😀',id=decimal'-2.5',n=object,l=list,list,list,object,null,true",
                                   "decimal'12345678901234567890'", "text'text'", "integer1000", "null",
                                   "list,integer1,list,integer2",
                                   "object,id=integer2,x=decimal'1000000000000000000000000000000'"});
    CHECK(expected.around ==
          "object,meta=object,count=integer3,a\"b=list,integer1,object,data=list,data=object,other=list,"
          "integer7,items=list,next=null");
    for (std::size_t size = 1; size < 40; ++size) CHECK(read(sample, "/data/items", [=] { return size; }) == expected);
    std::mt19937_64 random(7);
    for (int i = 0; i < 300; ++i) CHECK(read(sample, "/data/items", [&] { return 1 + random() % 60; }) == expected);
}

TEST_CASE("a list is found where the pointer says", "[http]") {
    CHECK(whole("[1,2]", "").rows.size() == 2);
    CHECK(whole("[]", "").found);
    CHECK(whole(R"([[1],[2,3]])", "/1").rows.size() == 2);
    CHECK(whole(R"({"a/b":{"m~n":[1]}})", "/a~1b/m~0n").rows.size() == 1);
    CHECK(whole(R"({"\u0414\u0430":[1]})", "/Да").rows.size() == 1);
    CHECK(whole(R"({"x":{"items":[1]},"items":[2,3]})", "/items").rows.size() == 2);
    CHECK_FALSE(whole(R"({"items":{"items":[1]}})", "/items").found);
    CHECK_FALSE(whole(R"({"error":"x"})", "/items").found);
    CHECK(whole(R"({"error":"x"})", "/items").around == "object,error=text'x'");
    CHECK_FALSE(parse_pointer("items"));
}

TEST_CASE("values are found by names of members and places in lists, their texts too", "[http]") {
    std::string text = R"({"error": {"message": "no", "codes": [7, 1.5, "x"]}, "0": true})";
    JsonDecoder decoder;
    Arena arena;
    const Value value = decoder.decode(text, arena).value();
    CHECK(text_in(value, {"error", "message"}) == "no");
    CHECK(text_in(value, {"error", "codes", "2"}) == "x");
    CHECK(text_in(value, {"error", "codes", "1"}) == "1.5");
    CHECK(text_in(value, {"error", "codes", "0"}).empty());
    CHECK(text_in(value, {"error"}).empty());
    CHECK(find_in(value, {"0"})->boolean);
    for (const char* const wrong : {"3", "-1", "1x", ""}) CHECK(find_in(value, {"error", "codes", wrong}) == nullptr);
    CHECK(find_in(value, {"error", "message", "more"}) == nullptr);
    CHECK(find_in(value, {"nowhere", "message"}) == nullptr);
    CHECK(find_in(value, std::vector<std::string>{"error", "codes", "0"})->integer == 7);
}

TEST_CASE("what is no JSON, or half of it, has a code", "[http]") {
    for (std::size_t size = 1; size < sample.find_last_of('}'); ++size) {
        const Read cut = whole(sample.substr(0, size), "/data/items");
        INFO(sample.substr(0, size));
        CHECK((cut.code == "truncated" || cut.code == "bad_json"));
    }
    for (const char* const text :
         {"{\"a\":[1,]}", "{\"a\":[,1]}", "{\"a\":[1 2]}", "{\"a\":[1}]", "{\"a\":[{]}]}", "{\"a\":[1]}]",
          "{\"a\":[1]} x", "{\"a\":[tru]}", "{\"a\":[\"\xff\"]}", "{\"a\":[1],}", "{\"a\":[\"\\ud800\"]}",
          "{\"a\":[{\"b\":1 \"c\":2}]}", "{a:[1]}", "]"}) {
        INFO(text);
        const Read read = whole(text, "/a");
        CHECK((read.code == "bad_json" || read.code == "not_json" || read.code == "truncated"));
    }
    CHECK(whole("", "").code == "truncated");
    CHECK(whole("<html>", "").code == "not_json");
    CHECK(whole("OK", "").code == "not_json");
}

TEST_CASE("depth, a row's size and what is around the rows are capped", "[http]") {
    const std::string deep = fmt::format(R"({{"a":[{}{}]}})", std::string(70, '['), std::string(70, ']'));
    CHECK(whole(deep, "/a").code == "too_deep");
    CHECK(whole(deep, "/b").code == "too_deep");
    CHECK(whole(deep, "/a", {.depth = 100}).code.empty());
    const std::string large = fmt::format(R"({{"a":["{}"]}})", std::string(5'000, 'x'));
    CHECK(read(large, "/a", [] { return std::size_t{100}; }, {.row = 1'000}).code == "row_too_large");
    CHECK(whole(fmt::format(R"({{"b":"{}"}})", std::string(2'000'000, 'x')), "/a").code == "rows_not_found");
}

TEST_CASE("an object of 100,000 names, each twice, is read in time", "[http]") {
    std::string object = "[{";
    for (int round = 0; round < 2; ++round)
        for (int i = 0; i < 100'000; ++i) object += (object.size() > 2 ? ",\"" : "\"") + std::to_string(i) + "\":1";
    CHECK(whole(object + "}]", "").rows.size() == 1);
}

TEST_CASE("rows that look alike share a shape, and a batch keeps it", "[http]") {
    JsonDecoder decoder;
    Arena arena;
    std::vector<Value> rows;
    for (std::string text :
         {R"({"a":1,"b":{"c":2}})", R"({"a":3,"b":{"c":4}})", R"({"a":5,"b":{"d":6}})", R"({"b":1,"a":2})"})
        rows.push_back(*decoder.decode({text.data(), text.size()}, arena));
    CHECK(rows[0].object->shape == rows[1].object->shape);
    CHECK(rows[0].object->shape == rows[2].object->shape);
    CHECK(rows[0].object->shape != rows[3].object->shape);
    CHECK(decoder.take_shapes().size() == 4);
    CHECK(decoder.take_shapes().empty());
    std::string again = R"({"a":1,"b":{"c":2}})";
    (void)decoder.decode({again.data(), again.size()}, arena);
    CHECK(decoder.take_shapes().size() == 2);
}

TEST_CASE("what an answer begins with is shown on one line, its values left out where they are rows", "[http]") {
    CHECK(excerpt(" <html>\n\t<b>x ", false) == "<html> <b>x ");
    CHECK(excerpt(R"({"name": "Anna", "n": -1.5e3, "ok": true, "l": ["x"]})", true) ==
          R"({"name": "*", "n": *, "ok": true, "l": ["*"]})");
    CHECK(excerpt(R"({"name": "An)", true) == R"({"name": "*")");
    CHECK(excerpt(std::string(500, 'x'), false).size() == 200);
    CHECK(excerpt(fmt::format("{}ü", std::string(199, 'x')), false).size() == 199);
}

TEST_CASE("what a server says of a client's certificate is told from what is wrong with its own", "[http][tls]") {
    const auto code = [](const char* what) { return transfer_error(CURLE_RECV_ERROR, what).code; };
    CHECK(code("OpenSSL SSL_read: error:0A00045C:SSL routines::tlsv13 alert certificate required, errno 0") ==
          "bad_client_certificate");
    CHECK(code("error:0A000418:SSL routines::tlsv1 alert unknown ca") == "bad_client_certificate");
    CHECK(code("error:0A000415:SSL routines::sslv3 alert certificate expired") == "bad_client_certificate");
    CHECK(code("error:0A000126:SSL routines::unexpected eof while reading") == "connection_lost");
    CHECK(code("error:0A000410:SSL routines::sslv3 alert handshake failure") == "connection_lost");
    CHECK(transfer_error(CURLE_PEER_FAILED_VERIFICATION, "SSL certificate problem: certificate has expired").code ==
          "bad_certificate");
}

TEST_CASE("a rate is so many requests in a time", "[http]") {
    CHECK(parse_rate("5/s") == std::chrono::milliseconds(200));
    CHECK(parse_rate("100/m") == std::chrono::milliseconds(600));
    CHECK(parse_rate("3600/h") == std::chrono::seconds(1));
    for (const char* const text : {"", "5", "5/", "/s", "0/s", "-1/s", "5/d", "5 /s", "99999999/s"})
        CHECK_FALSE(parse_rate(text));
}

TEST_CASE("an address keeps its path and query, and paths go below it", "[http]") {
    const Url url = *parse_url("https://Erp.Example/API/?sap-client=100");
    CHECK(url.text() == "https://erp.example/API/?sap-client=100");
    CHECK(below(url, "/orders?x=1", {{"from", "a b&c"}}).text() ==
          "https://erp.example/API/orders?sap-client=100&x=1&from=a%20b%26c");
    CHECK(below(*parse_url("http://h:8080"), "a", {}).text() == "http://h:8080/a");
    CHECK(parse_url("https://h/Каталог")->path == "/%d0%9a%d0%b0%d1%82%d0%b0%d0%bb%d0%be%d0%b3");
    for (const char* const bad : {"", "erp.example", "ftp://h/", "https://u:p@h/", "file:///etc/passwd"})
        CHECK_FALSE(parse_url(bad));
}

}  // namespace
}  // namespace tributary::http
