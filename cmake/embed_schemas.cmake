# Writes `output`: the files named in `list`, one a line, as string literals.
file(STRINGS ${list} files)
list(SORT files)
set(entries "")
foreach(file IN LISTS files)
  file(READ ${file} content)
  get_filename_component(name ${file} NAME)
  string(APPEND entries "    {\"${name}\", R\"schema~(${content})schema~\"},\n")
endforeach()
list(LENGTH files count)
file(WRITE ${output} "#include <array>

#include \"core/model/embedded.hpp\"

namespace tributary {
namespace {

constexpr std::array<EmbeddedFile, ${count}> schemas{{
${entries}}};

}  // namespace

std::span<const EmbeddedFile> embedded_schemas() { return schemas; }

}  // namespace tributary
")
