#include "connectors/erpnext/tests/follower.hpp"

#include <catch2/catch.hpp>

#include "connectors/erpnext/connector.hpp"
#include "connectors/kit/walk/mark.hpp"
#include "core/model/key_text.hpp"
#include "core/settings/option.hpp"

namespace tributary::erpnext::test {
namespace {

void add(const std::string& name, const Value& value, Follower::Row& row) {
    if (value.is_null()) return;
    if (value.kind == Kind::list) {
        for (std::size_t i = 0; i < value.size; ++i) add(name + "[" + std::to_string(i) + "]", value.elements[i], row);
        return;
    }
    if (value.kind == Kind::object) {
        for (std::size_t i = 0; i < value.object->size(); ++i)
            add(name + "." + value.object->shape->names[i], value.object->values[i], row);
        return;
    }
    row[name] = walk::mark_of(value).text;
}

}  // namespace

Follower::Follower(const LabSite& site, const Setup& setup) {
    Diagnostics diagnostics;
    const auto parsed = [&](const std::string& yaml) -> const Node& {
        const auto none = [](std::string_view) { return std::nullopt; };
        nodes_.push_back(files_.parse(yaml, "test.yaml", none, diagnostics));
        return nodes_.back();
    };
    nodes_.reserve(2);
    SourceSettings settings{.name = "erp", .settings = {}, .streams = {}};
    settings.settings = read_settings(parsed(site.source(setup.user)), connector().source_options(), diagnostics, "");
    settings.streams.push_back(
        {.name = "rows",
         .settings = read_settings(parsed("{" + setup.options + "}"), connector().stream_options(), diagnostics, ""),
         .columns = setup.columns,
         .time_zone = {}});
    INFO(diagnostics.text());
    REQUIRE_FALSE(diagnostics.has_errors());
    source_ = connector().configure(settings, diagnostics);
    INFO(diagnostics.text());
    REQUIRE(source_ != nullptr);
    restart();
}

void Follower::restart() { feed_ = source_->open(0); }

Result<Batch> Follower::pull(const Feed::Limits& limits) {
    auto batch = feed_->pull(position, limits, {});
    if (!batch) return batch;
    take(*batch);
    position = batch->next;
    conditions = batch->conditions;
    return batch;
}

void Follower::take(const Batch& batch) {
    Arena arena;
    for (const tributary::Row& row : batch.rows) {
        std::vector<std::string> parts;
        for (const Value& value : row.key) parts.emplace_back(key_text(value, arena).text);
        const std::string key = joined_key(parts);
        if (row.op == Op::remove) {
            if (rows.erase(key) > 0) removed.push_back(key);
            continue;
        }
        Row& columns = rows[key];
        columns.clear();
        for (std::size_t i = 0; i < row.values.size(); ++i)
            add(row.values.shape->names[i], row.values.values[i], columns);
    }
}

bool Follower::read(const Feed::Limits& limits) {
    const auto batch = pull(limits);
    INFO((batch ? std::string() : batch.error().code + ": " + batch.error().what));
    REQUIRE(batch);
    return batch->more;
}

void Follower::catch_up(const Feed::Limits& limits) {
    for (int pulls = 0; read(limits); ++pulls) REQUIRE(pulls < 2'000);
}

Result<std::vector<KeyVersion>> Follower::list() {
    std::vector<KeyVersion> all;
    for (std::string from;;) {
        auto page = feed_->keys(0, from, 50, {});
        if (!page) return page;
        const bool last = page->size() < 50;
        for (KeyVersion& key : *page) all.push_back(std::move(key));
        if (last) return all;
        from = joined_key(all.back().key);
    }
}

}  // namespace tributary::erpnext::test
