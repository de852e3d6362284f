// libFuzzer target: what a Frappe site may answer beside rows: refusals with JSON in JSON in JSON, deleted documents,
// comments about renames, and what a checkpoint may hold. Whatever comes in, it is refused or made of plain values.
#include <cstdint>
#include <string_view>

#include "connectors/erpnext/announcements.hpp"
#include "connectors/erpnext/failures.hpp"
#include "connectors/erpnext/position.hpp"
#include "connectors/erpnext/stamps.hpp"

namespace tributary::erpnext {
namespace {

std::size_t read(std::string_view text) {
    const Announced orders{.doctype = "Sales Order", .parent = "Contact", .key = {"name", "creation"}};
    std::size_t weight = 0;
    for (const int status : {403, 404, 417, 500, 502}) weight += judge(read_failure(status, text), "it").what.size();
    for (const char* const doctype : {"Sales Order", "Contact"})
        for (const auto& key : deleted_keys(orders, doctype, text)) weight += key.front().size();
    weight += former_names(text, "B").size();
    weight += read_stamp(text) ? 1 : 0;
    const auto position = read_document_position({std::string(text)});
    if (!position) return weight;
    // what was read comes back as it was written
    const auto written = write_document_position(*position);
    if (written && read_document_position(*written).value() != *position) __builtin_trap();
    return weight;
}

}  // namespace
}  // namespace tributary::erpnext

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    return tributary::erpnext::read(input) == SIZE_MAX ? 1 : 0;
}
