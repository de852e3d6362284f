#include <catch2/catch.hpp>
#include <memory>

#include "connectors/odata/connector.hpp"
#include "connectors/odata/tests/service.hpp"
#include "core/model/time.hpp"
#include "tests/conformance/catch.hpp"

namespace tributary::odata {
namespace {

using conformance::Configuration;
using conformance::Refused;
using conformance::Rows;
using conformance::Stamp;

constexpr std::int64_t second = 1'000'000;

/// A service in memory, of one version: in 2 and 4 `item` knows stamps, in 3 versions, and `part` is read whole. Or one
/// that tracks changes, of `item`.
class ServiceSubject : public conformance::Subject {
  public:
    explicit ServiceSubject(Version version, bool tracks = false)
        : version_(version), tracks_(tracks), service_(version, 7) {
        if (tracks) service_.track();
    }

    const Connector& connector() const override { return odata::connector(); }
    Configuration configuration() const override {
        return {source(service_.url()), {{"item", item()}, {"part", part()}}};
    }
    std::string text_column() const override { return "text"; }
    std::vector<std::string> secrets() const override { return {secret}; }

    void insert(std::string_view stream, std::span<const std::string> texts, Stamp stamp) override {
        if (stamp == Stamp::next) clock_ += second;
        for (const std::string& text : texts) service_.put(std::string(stream), ++keys_, text, clock_);
    }
    Rows rows(std::string_view stream) override { return service_.texts(std::string(stream)); }
    bool update(std::string_view stream, const std::string& key, const std::string& text) override {
        clock_ += second;
        service_.put(std::string(stream), number(key), text, clock_);
        return true;
    }
    bool remove(std::string_view stream, const std::string& key) override {
        service_.remove(std::string(stream), number(key));
        return true;
    }
    bool truncate(std::string_view stream) override {
        service_.clear(std::string(stream));
        return true;
    }

    bool cut() override {
        service_.cut();
        return true;
    }
    void restore() override { service_.restore(); }

    std::vector<Refused> refused() const override {
        const auto reading = [&](const std::string& definition) {
            return Configuration{source(service_.url()), {{"item", "{" + definition + "}"}}};
        };
        const std::string key = version_ == Version::v3 ? "[Ref_Key]" : "[id]";
        return {
            {"no server", {source("http://127.0.0.1:1"), {{"item", item()}}}, Verdict::retry},
            {"a set that is not there", reading("set: absent, key: " + key), Verdict::stop},
            {"no such property", reading("set: item, key: [absent]"), Verdict::stop},
            {"a filter that is none", reading("set: item, where: 'absent eq 1', key: " + key), Verdict::stop},
            {"a service that is forbidden", reading("set: forbidden/item, key: " + key), Verdict::stop},
        };
    }

  private:
    inline static const std::string secret = "c4n4ry-0f-c0nf0rm4nce";

    static std::string source(const std::string& url) {
        return "{url: '" + url + "', token: " + secret + ", connect_timeout: 2s}";
    }
    std::string item() const {
        if (tracks_)
            return std::string("{set: item, delta_links: true, key: ") +
                   (version_ == Version::v3 ? "[Ref_Key]}" : "[id]}");
        return version_ == Version::v3 ? "{set: item, key: [Ref_Key], watermark: {column: DataVersion}}"
                                       : "{set: item, key: [id], watermark: {column: changed, overlap: 60s}}";
    }
    std::string part() const {
        if (version_ == Version::v3) return "{set: 'Stock/Balance()', key: [Ref_Key]}";
        return version_ == Version::v4 ? "{set: part, key: [id], paging: whole}" : "{set: part, key: [id]}";
    }
    static std::int64_t number(const std::string& key) {
        const std::size_t dash = key.rfind('-');
        return std::stoll(dash == std::string::npos ? key : key.substr(dash + 1));
    }

    Version version_;
    bool tracks_;
    std::int64_t clock_ = wall_clock_now() / second * second - 30 * second;
    std::int64_t keys_ = 0;
    test::ODataService service_;
};

TEST_CASE("odata conforms, whatever the version", "[odata][conformance]") {
    const Version version = GENERATE(Version::v2, Version::v3, Version::v4);
    INFO(static_cast<int>(version));
    conformance::require_conformance([&] { return std::make_shared<ServiceSubject>(version); });
}

TEST_CASE("odata conforms where changes are followed by delta links", "[odata][conformance]") {
    const Version version = GENERATE(Version::v2, Version::v3, Version::v4);
    INFO(static_cast<int>(version));
    conformance::require_conformance([&] { return std::make_shared<ServiceSubject>(version, true); });
}

}  // namespace
}  // namespace tributary::odata
