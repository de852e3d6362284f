#include <algorithm>
#include <map>

#include "connectors/kit/discovery/dictionary.hpp"
#include "connectors/kit/discovery/fold.hpp"
#include "connectors/kit/discovery/proposal.hpp"

namespace tributary::discovery {
namespace {

using table::CatalogueColumn;
using table::CatalogueTable;

constexpr std::size_t least_alike = 3;

/// A word that most columns begin with says nothing: `cu_name`, `cu_city`.
std::string shared_prefix(const CatalogueTable& table) {
    std::map<std::string, std::size_t> first;
    for (const CatalogueColumn& column : table.columns)
        if (const auto words = words_of(column.name); words.size() > 1) ++first[words.front()];
    for (const auto& [word, count] : first)
        if (count >= least_alike && count * 4 >= table.columns.size() * 3) return word;
    return {};
}

std::vector<Meaning> meanings_of(const CatalogueTable& table) {
    const std::string prefix = shared_prefix(table);
    std::vector<Meaning> meanings;
    for (const CatalogueColumn& column : table.columns) {
        auto words = words_of(column.name);
        if (words.size() > 1 && words.front() == prefix) words.erase(words.begin());
        meanings.push_back(meaning_of(words));
    }
    return meanings;
}

/// How many concepts stand beside the wanted ones; nothing: the rule does not fit.
std::optional<std::size_t> extras(const FieldRule& rule, const Meaning& meaning) {
    if (meaning.unknown > 0 || meaning.concepts.empty()) return std::nullopt;
    std::size_t wanted = 0;
    for (const std::string_view name : meaning.concepts) {
        if (lists(rule.wanted, name))
            ++wanted;
        else if (!lists(rule.also, name) && name != concept_of(rule.entity))
            return std::nullopt;
    }
    const auto all = static_cast<std::size_t>(std::ranges::count(rule.wanted, ' ')) + 1;
    return wanted == all ? std::optional(meaning.concepts.size() - wanted) : std::nullopt;
}

struct Named {
    const CatalogueTable& table;
    std::vector<Meaning> meanings;

    explicit Named(const CatalogueTable& of) : table(of), meanings(meanings_of(of)) {}

    /// The column that says the least besides; nullptr: none is free.
    const CatalogueColumn* best(const FieldRule& rule, const std::vector<std::string>& taken) const {
        const CatalogueColumn* found = nullptr;
        std::size_t least = 0;
        for (std::size_t i = 0; i < table.columns.size(); ++i) {
            const CatalogueColumn& column = table.columns[i];
            const auto more = extras(rule, meanings[i]);
            if (!more || !suits(rule.form, column) || std::ranges::find(taken, column.name) != taken.end()) continue;
            if (found != nullptr && *more >= least) continue;
            found = &column;
            least = *more;
        }
        return found;
    }
};

constexpr FieldRule currency_rule{"", "currency", Form::text, "currency", "code order invoice payment price amount"};

}  // namespace

const FieldGuess* Content::find(std::string_view field) const {
    const auto found = std::ranges::find_if(fields, [&](const FieldGuess& each) { return each.rule->field == field; });
    return found == fields.end() ? nullptr : &*found;
}

bool Content::has(std::string_view field) const {
    return find(field) != nullptr || std::ranges::find(references, field, &ReferenceGuess::field) != references.end();
}

Content guess_fields(std::string_view entity, const CatalogueTable& table, const std::vector<std::string>& taken) {
    const Named named(table);
    Content content;
    std::vector<std::string> used = taken;
    for (const FieldRule& rule : field_rules()) {
        if (rule.entity != entity || rule.form == Form::reference || content.find(rule.field) != nullptr) continue;
        const CatalogueColumn* column = named.best(rule, used);
        if (column == nullptr) continue;
        content.fields.push_back({&rule, column});
        used.push_back(column->name);
    }
    content.currency = named.best(currency_rule, used);
    return content;
}

const CatalogueColumn* named_as_reference(std::string_view entity, std::string_view field,
                                          const CatalogueTable& table) {
    const Named named(table);
    for (const FieldRule& rule : field_rules())
        if (rule.entity == entity && rule.field == field && rule.form == Form::reference)
            if (const CatalogueColumn* column = named.best(rule, {})) return column;
    return nullptr;
}

}  // namespace tributary::discovery
