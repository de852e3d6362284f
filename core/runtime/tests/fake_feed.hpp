#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "core/connector/connector.hpp"
#include "core/mapping/mapping.hpp"
#include "core/runtime/pipeline.hpp"
#include "core/settings/yaml.hpp"

namespace tributary {

/// A feed that does what a test says.
class FakeFeed final : public Feed {
  public:
    struct Script {
        std::function<Result<Batch>(const Position&, std::stop_token)> pull;
        std::function<void(const Position&)> committed = [](const Position&) {};
        std::function<Result<Batch>(const Sought&, const Position&)> search = [](const Sought&, const Position&) {
            return fail(Verdict::stop, "not_offered", "nothing to search with");
        };
        std::function<Result<std::vector<Finding>>()> check = [] { return std::vector<Finding>(); };
    };
    explicit FakeFeed(Script& script) : script_(script) {}

    Result<Batch> pull(const Position& after, const Limits&, std::stop_token stop) override {
        return script_.pull(after, stop);
    }
    Result<Batch> search(std::uint32_t, const Sought& sought, const Position& after, const Limits&,
                         std::stop_token) override {
        return script_.search(sought, after);
    }
    void committed(const Position& position) override { script_.committed(position); }
    Result<std::vector<Finding>> check(std::uint32_t, std::span<const std::string>, std::stop_token) override {
        return script_.check();
    }

  private:
    Script& script_;
};

/// One product with these columns, read at the position.
inline Batch product_batch(const std::string& position, std::int64_t id, std::string_view name) {
    Batch batch;
    batch.next = {position};
    batch.shapes.push_back(std::make_shared<Shape>(Shape{{"id", "name"}}));
    auto values = batch.arena.array<Value>(2);
    values[0] = Value::of(id);
    values[1] = Value::text(batch.arena.copy(name));
    Row row;
    row.key = values.first(1);
    row.values = {batch.shapes[0].get(), values.data()};
    batch.rows.push_back(row);
    return batch;
}

inline std::unique_ptr<Mapping> product_mapping() {
    static Diagnostics diagnostics;
    static YamlFiles files;
    static const Node node = files.parse("{entity: product, key: [id], fields: {sku: id, name: name}}", "test.yaml",
                                         process_environment(), diagnostics);
    return Mapping::compile({"acme", "erp", "products", &node, nullptr}, diagnostics);
}

/// A pipeline of the stream erp/products over a fake feed.
inline Pipeline::Setup product_pipeline(const StreamInfo& info, FeedStatus& status, FeedNo feed = 0) {
    Pipeline::Setup setup;
    setup.feed = feed;
    setup.source = "erp";
    setup.name = "products";
    setup.checkpoint_key = "one/feed/erp/products";
    setup.every = 1'000'000;
    setup.status = &status;
    setup.streams.push_back({&info, product_mapping(), {}, nullptr});
    return setup;
}

}  // namespace tributary
