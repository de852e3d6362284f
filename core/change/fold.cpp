#include "core/change/fold.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/change/list_join.hpp"
#include "core/change/slices.hpp"

namespace tributary {
namespace {

/// A record's members. One that was written is marked by taking its value away.
struct Members {
    std::span<Slice> slices;
    std::size_t expected = 0;  ///< Documents have their members in the order of the rules.

    std::string_view take(std::string_view name) {
        const bool there = expected < slices.size() && slices[expected].name == name;
        const auto found = there ? slices.begin() + static_cast<std::ptrdiff_t>(expected)
                                 : std::ranges::find(slices, name, &Slice::name);
        if (found == slices.end()) return {};
        expected = static_cast<std::size_t>(found - slices.begin()) + 1;
        return std::exchange(found->value, {});
    }
};

/// A member and the rank of the object it stands in.
struct Ranked {
    Slice member;
    std::size_t rank = 0;

    auto place() const { return std::tie(member.name, rank); }
};

/// Nulls are left out: they are absent.
std::span<Slice> members_of(std::string_view object, Arena& arena) {
    const auto members = arena.array<Slice>(count_slices(object));
    std::size_t used = 0;
    Slice member;
    for (Slices slices(object); slices.next(member);)
        if (member.value != "null") members[used++] = member;
    return members.first(used);
}

class Fold {
  public:
    /// What is written comes from the documents, so their size together is enough.
    Fold(std::span<const RecordView> ranked, Arena& arena)
        : arena_(arena), records_(arena.array<Members>(ranked.size())) {
        for (std::size_t i = 0; i < ranked.size(); ++i) {
            records_[i].slices = members_of(ranked[i].document, arena);
            reserved_ += ranked[i].document.size();
        }
        reserved_ = std::max<std::size_t>(reserved_, 2);
        values_ = arena.array<std::string_view>(ranked.size());
        start_ = end_ = arena.allocate(reserved_);
    }

    std::string_view document(const FoldRules& rules) {
        write("{");
        for (const auto& field : rules.fields) write_field(field);
        write_first_of_each(unwritten());
        write("}");
        return {start_, static_cast<std::size_t>(end_ - start_)};
    }

  private:
    void write(std::string_view text) { end_ = std::copy(text.begin(), text.end(), end_); }

    void separate() {
        if (end_[-1] != '{' && end_[-1] != '[') write(",");
    }

    void write_name(std::string_view name) {
        separate();
        write("\"");
        write(name);
        write("\":");
    }

    /// What the records say about a field, those that say nothing left out.
    std::span<const std::string_view> take(std::string_view name) {
        std::size_t used = 0;
        for (auto& record : records_) {
            const auto value = record.take(name);
            if (!value.empty()) values_[used++] = value;
        }
        return values_.first(used);
    }

    void write_field(const FoldRules::Field& field) {
        const auto values = take(field.name);
        if (values.empty()) return;
        write_name(field.name);
        if (values.size() == 1 || field.combine == Combine::first)
            write(values.front());
        else if (field.combine == Combine::members)
            write_merged(values);
        else
            write_list(join_lists(values, {field.sort, field.same}, arena_));
    }

    void write_list(std::span<const std::string_view> elements) {
        write("[");
        for (const auto element : elements) {
            separate();
            write(element);
        }
        write("]");
    }

    void write_merged(std::span<const std::string_view> objects) {
        std::size_t most = 0;
        for (const auto object : objects) most += count_slices(object);
        const auto members = arena_.array<Ranked>(most);
        std::size_t used = 0;
        for (std::size_t i = 0; i < objects.size(); ++i)
            for (const auto& member : members_of(objects[i], arena_)) members[used++] = {member, i};
        write("{");
        write_first_of_each(members.first(used));
        write("}");
    }

    /// Members the rules do not know.
    std::span<Ranked> unwritten() {
        std::size_t most = 0;
        for (const auto& record : records_) most += record.slices.size();
        const auto members = arena_.array<Ranked>(most);
        std::size_t used = 0;
        for (std::size_t i = 0; i < records_.size(); ++i)
            for (const auto& member : records_[i].slices)
                if (!member.value.empty()) members[used++] = {member, i};
        return members.first(used);
    }

    void write_first_of_each(std::span<Ranked> members) {
        std::ranges::sort(members, {}, &Ranked::place);
        const Ranked* decides = nullptr;
        for (const auto& candidate : members) {
            if (decides != nullptr && decides->member.name == candidate.member.name) continue;
            decides = &candidate;
            write_name(candidate.member.name);
            write(candidate.member.value);
        }
    }

    Arena& arena_;
    std::span<Members> records_;
    std::span<std::string_view> values_;  ///< Of the field being written.
    std::size_t reserved_ = 0;
    char* start_ = nullptr;
    char* end_ = nullptr;
};

bool stands_before(const RecordView& a, const RecordView& b) {
    return std::tie(a.precedence, b.since, a.key, a.document) < std::tie(b.precedence, a.since, b.key, b.document);
}

}  // namespace

std::string_view fold(std::span<const RecordView> records, const FoldRules& rules, Arena& arena) {
    if (records.empty()) return {};
    if (records.size() == 1) return records.front().document;
    const auto ranked = arena.array<RecordView>(records.size());
    std::ranges::copy(records, ranked.begin());
    std::ranges::sort(ranked, stands_before);
    return Fold(ranked, arena).document(rules);
}

}  // namespace tributary
