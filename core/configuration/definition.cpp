#include "core/configuration/definition.hpp"

#include "core/mapping/fingerprint.hpp"

namespace tributary {

namespace {

void add(const Node& map, std::span<const Option> options, mapping::Fingerprint& to) {
    for (const Option& option : options) {
        const Node* written = map.find(option.name);
        if (written == nullptr) continue;
        if (option.defines_rows) {
            to.add(option.name).add(written);
        } else if (option.type == OptionType::section && written->is_map()) {
            to.add(option.name);
            add(*written, option.fields, to);
        } else if (option.type == OptionType::sections && written->is_map()) {
            for (const auto& [name, place, section] : written->entries) {
                to.add(option.name).add(name);
                if (section.is_map()) add(section, option.fields, to);
            }
        }
    }
}

}  // namespace

std::string definition_fingerprint(const Node& stream, std::span<const Option> options) {
    mapping::Fingerprint fingerprint;
    if (stream.is_map()) add(stream, options, fingerprint);
    return fingerprint.text();
}

}  // namespace tributary
