#include "core/mapping/case_runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/change/through.hpp"
#include "core/mapping/case_difference.hpp"
#include "core/mapping/case_lookups.hpp"
#include "core/mapping/case_row.hpp"
#include "core/model/entity.hpp"
#include "core/model/id.hpp"
#include "core/model/json_text.hpp"
#include "core/model/since.hpp"

namespace tributary {
namespace {

constexpr auto case_keys =
    std::to_array<std::string_view>({"name", "stream", "source", "define", "lookups", "rows", "expect", "lint"});
constexpr auto file_keys = std::to_array<std::string_view>({"cases", "source", "define", "lookups"});
constexpr auto outcome_keys =
    std::to_array<std::string_view>({"reject", "removed", "document", "id", "key", "unchanged"});

template <std::size_t N>
void check_keys(const Node& map, const std::array<std::string_view, N>& known, Diagnostics& diagnostics) {
    for (const Node::Entry& entry : map.entries)
        if (std::ranges::find(known, entry.key) == known.end())
            diagnostics.error(entry.key_place,
                              fmt::format("unknown key '{}'{}", entry.key, did_you_mean(entry.key, known)));
}

std::vector<std::string> key_of(const Node& stream) {
    std::vector<std::string> columns;
    const Node* key = stream.find("key");
    if (key != nullptr && key->is_scalar()) columns.push_back(key->scalar);
    if (key != nullptr)
        for (const Node& item : key->items) columns.push_back(item.scalar);
    return columns;
}

/// Compares one mapped row with one entry of `expect`.
class RowCheck {
  public:
    RowCheck(std::size_t number, const MappedRow& mapped, std::span<const Mapping::Part> parts,
             std::vector<std::string>& differences)
        : prefix_(fmt::format("row {}: ", number)), mapped_(mapped), parts_(parts), differences_(differences) {}

    void check(const Node& expected, Diagnostics& diagnostics) {
        if (!expected.is_map())
            return diagnostics.error(expected.place, "expected an entity, {reject: …} or {removed: KEY}");
        if (const Node* key = expected.find("key")) same("key", key->scalar, mapped_.key);
        if (const Node* reject = expected.find("reject")) return check_reject(*reject);
        if (mapped_.reject != nullptr) return add(fmt::format("rejected: {}", mapped_.reject->reason));
        if (const Node* removed = expected.find("removed")) return check_removed(*removed);
        if (mapped_.records.empty()) return add("expected a record, found a row that is skipped or deleted");
        if (!parts_.front().name.empty()) return check_parts(expected, diagnostics);
        if (mapped_.records.size() != 1)
            return add(fmt::format("expected one record, found {}", mapped_.records.size()));
        check_record(expected, mapped_.records[0], diagnostics);
    }

  private:
    void check_record(const Node& expected, const Record& record, Diagnostics& diagnostics) {
        const Entity& entity = catalogue()[record.entity];
        for (const Node::Entry& entry : expected.entries) {
            if (entry.key == entity.name)
                for (const std::string& line : mapping::differences(entry.value, with_throughs(record.document)))
                    add(line);
            else if (entry.key == "document")
                same("document", entry.value.scalar, record.document);
            else if (entry.key == "id")
                same("id", entry.value.scalar, id_text(entity.tag, record.id));
            else if (entry.key == "unchanged")
                check_unchanged(entry.value, record);
            else if (std::ranges::find(outcome_keys, entry.key) == outcome_keys.end())
                diagnostics.error(entry.key_place,
                                  fmt::format("unknown outcome '{}', this stream makes {}", entry.key, entity.name));
        }
    }

    /// Of `emit`: every record under the name of its entity.
    void check_parts(const Node& expected, Diagnostics& diagnostics) {
        for (const Node::Entry& entry : expected.entries)
            if (entry.key != "key" && std::ranges::find(parts_, entry.key, &Mapping::Part::name) == parts_.end())
                diagnostics.error(entry.key_place, fmt::format("this stream makes no '{}'", entry.key));
        for (std::size_t i = 0; i < parts_.size(); ++i) {
            const Node* wanted = expected.find(parts_[i].name);
            const auto record = std::ranges::find(mapped_.records, i, &Record::part);
            const bool found = record != mapped_.records.end();
            if (found && wanted != nullptr)
                for (const std::string& line : mapping::differences(*wanted, document_of(*record)))
                    add(fmt::format("{}: {}", parts_[i].name, line));
            else if (found)
                add(fmt::format("expected no {}, found {}", parts_[i].name, document_of(*record)));
            else if (wanted != nullptr)
                add(fmt::format("expected a {}, found none", parts_[i].name));
        }
    }

    /// What consumers can see of a record.
    static std::string document_of(const Record& record) {
        const auto [rest, since] = dated(record.document);
        return with_throughs(std::string(rest) + (since.empty() ? "" : "}"));
    }

    /// What comes through another entity is not known here: `{"through":{"sales_order":"42"}}` in its place.
    static std::string with_throughs(std::string_view document) {
        Arena arena;
        std::string shown(document);
        for (const Through& through : throughs_of(document, arena)) {
            std::string record;
            append_through(through, record);
            const auto entity =
                std::ranges::find(catalogue().entities(), through.id.substr(0, through.id.find('_')), &Entity::tag);
            std::string key;
            append_json_text(through.key, key);
            shown.replace(shown.find(record), record.size(),
                          fmt::format(R"({{"through":{{"{}":{}}}}})", entity->name, key));
        }
        return shown;
    }

    void check_unchanged(const Node& names, const Record& record) {
        const bool equal = std::ranges::equal(names.items, record.unchanged, {}, &Node::scalar);
        if (!equal) add(fmt::format("unchanged: found [{}]", fmt::join(record.unchanged, ", ")));
    }

    void check_reject(const Node& expected) {
        if (mapped_.reject == nullptr)
            return add(fmt::format("expected a reject, found {}",
                                   mapped_.records.empty() ? "no record" : mapped_.records[0].document));
        const Reject& reject = *mapped_.reject;
        if (expected.is_scalar()) return contains("reject", expected.scalar, reject.reason);
        for (const Node::Entry& entry : expected.entries) {
            if (entry.key == "reason") contains("reject.reason", entry.value.scalar, reject.reason);
            if (entry.key == "stage") same("reject.stage", entry.value.scalar, reject.stage);
            if (entry.key == "field") same("reject.field", entry.value.scalar, reject.field);
            if (entry.key == "line") same("reject.line", entry.value.scalar, std::to_string(reject.line));
        }
    }

    void check_removed(const Node& key) {
        if (!mapped_.records.empty()) return add("expected a row that is deleted or skipped, found a record");
        same("removed", key.scalar, mapped_.key);
    }

    void same(std::string_view what, std::string_view expected, std::string_view found) {
        if (expected != found) add(fmt::format("{}: expected {}, found {}", what, expected, found));
    }
    void contains(std::string_view what, std::string_view expected, std::string_view found) {
        if (found.find(expected) == std::string_view::npos)
            add(fmt::format("{}: expected '{}' in '{}'", what, expected, found));
    }
    void add(const std::string& what) { differences_.push_back(prefix_ + what); }

    std::string prefix_;
    const MappedRow& mapped_;
    std::span<const Mapping::Part> parts_;
    std::vector<std::string>& differences_;
};

class CaseFile {
  public:
    CaseFile(const Node& file, const StreamFinder& find_stream, Diagnostics& diagnostics)
        : file_(file), find_stream_(find_stream), diagnostics_(diagnostics) {}

    CaseResult run(const Node& one) {
        CaseResult result;
        result.place = one.place;
        if (const Node* name = one.find("name")) result.name = name->scalar;
        check_keys(one, case_keys, diagnostics_);
        const auto context = context_of(one);
        if (!context) return result;
        Diagnostics found;
        const auto compiled = Mapping::compile(*context, found);
        if (const Node* lint = one.find("lint"))
            check_lint(*lint, found, result);
        else if (compiled == nullptr)
            result.differences.push_back("the mapping does not compile:\n" + found.text());
        else
            check_rows(one, *context, *compiled, result);
        return result;
    }

  private:
    std::optional<MappingContext> context_of(const Node& one) {
        if (const Node* name = one.find("stream")) {
            const std::size_t slash = std::min(name->scalar.find('/'), name->scalar.size());
            auto context = find_stream_(name->scalar.substr(0, slash),
                                        name->scalar.substr(std::min(slash + 1, name->scalar.size())));
            if (!context)
                diagnostics_.error(name->place, fmt::format("no stream '{}', expected SOURCE/STREAM", name->scalar));
            return context;
        }
        const Node* definition = either(one, "define");
        if (definition == nullptr || !definition->is_map()) {
            diagnostics_.error(one.place, "a case needs 'stream', or 'define' with a stream's definition");
            return std::nullopt;
        }
        return MappingContext{"acme", "erp", "rows", definition, either(one, "source")};
    }

    const Node* either(const Node& one, std::string_view key) const {
        const Node* own = one.find(key);
        return own != nullptr ? own : file_.find(key);
    }

    static void check_lint(const Node& expected, const Diagnostics& found, CaseResult& result) {
        const auto all = found.sorted();
        for (const Node& item : expected.items) {
            const auto says = [&](const Diagnostic& one) { return one.message.find(item.scalar) != std::string::npos; };
            if (std::ranges::none_of(all, says))
                result.differences.push_back(fmt::format("lint: expected '{}', found:\n{}", item.scalar, found.text()));
        }
        if (all.size() != expected.items.size())
            result.differences.push_back(
                fmt::format("lint: expected {} findings, found:\n{}", expected.items.size(), found.text()));
    }

    void check_rows(const Node& one, const MappingContext& context, Mapping& compiled, CaseResult& result) {
        const Node* rows = one.find("rows");
        const Node* expect = one.find("expect");
        if (rows == nullptr || expect == nullptr || !rows->is_list() || !expect->is_list() ||
            rows->items.size() != expect->items.size())
            return diagnostics_.error(one.place, "a case needs 'rows' and as many entries in 'expect'");
        Arena arena;
        mapping::CaseRows made(diagnostics_);
        if (!mapping::use_lookups(either(one, "lookups"), one, context.source_node, made, compiled, diagnostics_))
            return;
        const auto key = key_of(*context.stream_node);
        for (std::size_t i = 0; i < rows->items.size(); ++i) {
            const Row row = made.row(rows->items[i], key, arena);
            const MappedRow mapped = compiled.map(row, arena);
            RowCheck(i + 1, mapped, compiled.parts(), result.differences).check(expect->items[i], diagnostics_);
        }
    }

    const Node& file_;
    const StreamFinder& find_stream_;
    Diagnostics& diagnostics_;
};

}  // namespace

std::vector<CaseResult> run_cases(const Node& file, const StreamFinder& find_stream, Diagnostics& diagnostics) {
    std::vector<CaseResult> results;
    const Node* cases = file.find("cases");
    if (cases == nullptr || !cases->is_list()) {
        diagnostics.error(file.place, "expected 'cases', a list of mapping cases");
        return results;
    }
    check_keys(file, file_keys, diagnostics);
    CaseFile runner(file, find_stream, diagnostics);
    for (const Node& one : cases->items) results.push_back(runner.run(one));
    return results;
}

}  // namespace tributary
