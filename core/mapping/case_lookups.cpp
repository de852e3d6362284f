#include "core/mapping/case_lookups.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/mapping/record_maker.hpp"

namespace tributary::mapping {
namespace {

std::vector<std::string> key_of(const Node* source, const std::string& lookup) {
    const Node* const lookups = source == nullptr ? nullptr : source->find("lookups");
    const Node* const definition = lookups == nullptr ? nullptr : lookups->find(lookup);
    std::vector<std::string> key;
    if (definition != nullptr)
        for (const Node* const column : items_of(definition->find("key"))) key.push_back(column->scalar);
    return key;
}

std::shared_ptr<const LookupTable> table_of(const Node& rows, const std::string& name,
                                            const std::vector<std::string>& key, CaseRows& made,
                                            Diagnostics& diagnostics) {
    if (!rows.is_list()) {
        diagnostics.error(rows.place, "expected the rows of the look-up, a list of maps");
        return nullptr;
    }
    LookupBuilder builder(name, key);
    Batch batch;
    for (const Node& row : rows.items) batch.rows.push_back(made.row(row, key, batch.arena));
    if (auto added = builder.add(std::move(batch)); !added) {
        diagnostics.error(rows.place, added.error().what);
        return nullptr;
    }
    return builder.finish();
}

}  // namespace

bool use_lookups(const Node* written, const Node& one, const Node* source, CaseRows& made, Mapping& mapping,
                 Diagnostics& diagnostics) {
    const auto& used = mapping.lookups();
    std::vector<std::string_view> names;
    for (const Mapping::Lookup& lookup : used) names.push_back(lookup.name);
    if (written != nullptr && one.find("lookups") == written)
        for (const Node::Entry& entry : written->entries)
            if (std::ranges::find(names, entry.key) == names.end())
                diagnostics.error(entry.key_place, fmt::format("this stream uses no look-up '{}'{}", entry.key,
                                                               did_you_mean(entry.key, names)));
    bool good = true;
    for (std::size_t i = 0; i < used.size(); ++i) {
        const std::string& name = used[i].name;
        const Node* const rows = written == nullptr ? nullptr : written->find(name);
        if (rows == nullptr)
            diagnostics.error(one.place, fmt::format("this stream uses look-up '{0}': give its rows, as `lookups: "
                                                     "{{{0}: [{{COLUMN: VALUE, …}}]}}`, in the case or for all of them",
                                                     name));
        auto table = rows == nullptr ? nullptr : table_of(*rows, name, key_of(source, name), made, diagnostics);
        good = good && table != nullptr;
        mapping.use(i, std::move(table));
    }
    return good;
}

}  // namespace tributary::mapping
