# Writes `output`: files as string literals, with `accessor` (qualified) to get at them. `list` has a line for each,
# `name=path`, in the order of the names.
file(STRINGS ${list} lines ENCODING UTF-8)
set(entries "")
foreach(line IN LISTS lines)
  string(REGEX MATCH "^([^=]*)=(.*)$" _ "${line}")
  set(name ${CMAKE_MATCH_1})
  file(READ ${CMAKE_MATCH_2} content)
  string(APPEND entries "    {\"${name}\", R\"file~(${content})file~\"},\n")
endforeach()
list(LENGTH lines count)
string(REGEX MATCH "^(.*)::([^:]+)$" _ "${accessor}")
file(WRITE ${output} "#include <array>

#include \"core/model/embedded.hpp\"

namespace {

constexpr std::array<tributary::EmbeddedFile, ${count}> files{{
${entries}}};

}  // namespace

namespace ${CMAKE_MATCH_1} {
std::span<const tributary::EmbeddedFile> ${CMAKE_MATCH_2}() { return files; }
}  // namespace ${CMAKE_MATCH_1}
")
