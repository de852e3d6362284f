# Writes `output` with `version` and the commit of `source`; leaves the file alone when nothing changed.
execute_process(COMMAND git -C ${source} describe --always --dirty --abbrev=12 --exclude *
                OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  set(commit unknown)
endif()
file(CONFIGURE OUTPUT ${output} CONTENT [[
#include "core/model/embedded.hpp"

namespace tributary {

std::string_view version() { return "@version@"; }
std::string_view source_commit() { return "@commit@"; }

}  // namespace tributary
]] @ONLY)
