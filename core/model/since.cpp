#include "core/model/since.hpp"

#include "core/model/times.hpp"

namespace tributary {

Dated dated(std::string_view document) {
    constexpr std::size_t end_size = instant_size + 2;
    const std::size_t at = document.rfind(since_label);
    // one that is deeper in the document has more behind it
    if (at == std::string_view::npos || at + since_label.size() + end_size != document.size()) return {document, {}};
    const std::string_view since = document.substr(at + since_label.size(), instant_size);
    return {document.substr(0, document[at - 1] == ',' ? at - 1 : at), since};
}

}  // namespace tributary
