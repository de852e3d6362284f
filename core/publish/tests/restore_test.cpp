#include "core/publish/restore.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/model/entity.hpp"
#include "core/model/id.hpp"
#include "core/runtime/entities.hpp"

namespace tributary {
namespace {

constexpr const char* id_of_one = "cus_3ft5zeqqapyrewarbyfwj3nqw7";

/// A cache of customers of `crm/customers` to which rows of `crm/contacts` add, filled message by message.
class Rebuilt {
  public:
    Rebuilt() = default;
    ~Rebuilt() {
        store_.reset();
        for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file_.string() + suffix);
    }
    Rebuilt(const Rebuilt&) = delete;
    Rebuilt& operator=(const Rebuilt&) = delete;

    void event(const std::string& stream, const std::string& after) {
        apply("p.customer", id_of_one,
              R"({"after":)" + after + R"(,"origin":[{"source":"crm","stream":")" + stream +
                  R"(","key":"1","position":"x"}]})");
    }
    void record(const std::string& stream, const std::optional<std::string>& document) {
        const std::string head = R"({"entity":"customer","id":")" + std::string(id_of_one) + R"(","record":)";
        apply("p.records", "crm/" + stream + "/1", document ? std::optional(head + *document + "}") : std::nullopt);
    }
    std::string entity() {
        Arena arena;
        return std::string(*store_->find_entity(customer(), *parse_id("cus", id_of_one), arena));
    }
    std::size_t members() {
        Arena arena;
        return store_->members(customer(), *parse_id("cus", id_of_one), arena)->size();
    }
    std::string state(const std::string& stream) {
        Arena arena;
        const auto found = *store_->find(*store_->stream("crm", stream), "1", arena);
        return found ? std::string(found->document) : "";
    }

  private:
    static std::unique_ptr<Store> opened(const std::filesystem::path& file) {
        std::filesystem::remove(file);
        return std::move(*Store::open(file, {"cluster", "p", "one", "all"}));
    }
    static EntityNo customer() { return catalogue().find("customer")->number; }

    void apply(const std::string& topic, const std::string& key, const std::optional<std::string>& value) {
        ReadMessage message{.topic = topic, .partition = 0, .offset = 0, .key = key, .value = {}, .raw = nullptr};
        if (value) message.value = *value;
        const auto applied = restore_->apply(message);
        INFO((applied ? "" : applied.error().what));
        REQUIRE(applied);
    }

    std::filesystem::path file_ =
        std::filesystem::temp_directory_path() / ("tributary-restore-" + std::to_string(::getpid()) + ".db");
    std::unique_ptr<Store> store_ = opened(file_);
    TopicTable topics_{"p", entity_names(catalogue())};
    std::unique_ptr<Restore> restore_ =
        std::make_unique<Restore>(*store_, topics_, restore_names(catalogue()), [](std::string_view stream) {
            return stream == "crm/customers" ? Restore::Keeping::joined : Restore::Keeping::shared;
        });
};

}  // namespace

TEST_CASE("a record that is read behind a later event of its entity does not bring the earlier one back", "[restore]") {
    Rebuilt cache;
    cache.event("customers", R"({"name":"Ann"})");
    cache.event("contacts", R"({"name":"Ann","emails":[{"address":"a@example.org"}]})");
    cache.record("customers", R"({"name":"Ann"})");
    cache.record("contacts", R"({"emails":[{"address":"a@example.org"}]})");
    CHECK(cache.entity() == R"({"name":"Ann","emails":[{"address":"a@example.org"}]})");
    CHECK(cache.members() == 2);
}

TEST_CASE("records that are read before their events make the same of them", "[restore]") {
    Rebuilt cache;
    cache.record("contacts", R"({"emails":[{"address":"a@example.org"}]})");
    cache.record("customers", R"({"name":"Ann"})");
    cache.event("customers", R"({"name":"Ann"})");
    cache.event("contacts", R"({"name":"Ann","emails":[{"address":"a@example.org"}]})");
    CHECK(cache.entity() == R"({"name":"Ann","emails":[{"address":"a@example.org"}]})");
    CHECK(cache.members() == 2);
}

TEST_CASE("a row that went and came back keeps its entity, whatever its record's tombstone is read behind",
          "[restore]") {
    Rebuilt cache;
    cache.event("customers", R"({"name":"Ann"})");
    cache.event("customers", "null");
    cache.event("customers", R"({"name":"Ann again"})");
    cache.record("customers", std::nullopt);
    CHECK(cache.state("customers") == R"({"name":"Ann again"})");
    cache.record("customers", R"({"name":"Ann again"})");
    CHECK(cache.entity() == R"({"name":"Ann again"})");
    CHECK(cache.members() == 1);
}

TEST_CASE("a row that was published alone goes with its own delete", "[restore]") {
    Rebuilt cache;
    cache.event("customers", R"({"name":"Ann"})");
    cache.record("customers", std::nullopt);
    cache.event("customers", "null");
    CHECK(cache.state("customers").empty());
    CHECK(cache.entity().empty());
}

}  // namespace tributary
