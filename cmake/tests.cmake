# Tests, measurements and fuzz targets. None of them is part of what `tributary` needs.

# Most of it is Catch itself: minutes under a sanitizer's instrumentation, seconds without, and nothing of ours to find.
# No optimisation either; it runs for microseconds a test.
add_library(catch_main OBJECT EXCLUDE_FROM_ALL tests/unit_main.cpp)
target_compile_options(catch_main PRIVATE -O0 -g0)

function(add_catch_tests name)
  if(NOT ARGN)
    return()
  endif()
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE catch_main tributary_allocator tributary_daemon)
  if(TARGET unit_tests AND NOT name STREQUAL unit_tests)
    target_precompile_headers(${name} REUSE_FROM unit_tests)
  else()
    target_precompile_headers(${name} PRIVATE ${tributary_heavy_headers} <catch2/catch.hpp>)
  endif()
endfunction()

file(GLOB_RECURSE unit_sources CONFIGURE_DEPENDS core/*.cpp connectors/*.cpp daemon/*.cpp)
list(FILTER unit_sources INCLUDE REGEX "/tests/")
list(FILTER unit_sources EXCLUDE REGEX "/\\.template/")
file(GLOB crossing_sources CONFIGURE_DEPENDS tests/pipeline/*.cpp tests/conformance/*_test.cpp)
add_catch_tests(unit_tests ${unit_sources} ${crossing_sources})

file(GLOB system_sources CONFIGURE_DEPENDS tests/system/*.cpp)
add_catch_tests(system_tests ${system_sources})

include(conformance)

# Figures of anything but the release build would mislead.
file(GLOB bench_sources CONFIGURE_DEPENDS bench/*.cpp)
if(CMAKE_BINARY_DIR MATCHES "/release$")
  foreach(source IN LISTS bench_sources)
    cmake_path(GET source STEM name)
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE tributary_daemon)
    if(NOT name STREQUAL row_path)  # it takes malloc's place itself, to count
      target_link_libraries(${name} PRIVATE tributary_allocator)
    endif()
    target_precompile_headers(${name} REUSE_FROM tributary_core)
  endforeach()
endif()

# libFuzzer brings its own main, so these link only in the preset that says so.
file(GLOB fuzz_sources CONFIGURE_DEPENDS tests/fuzz/*.cpp)
add_custom_target(fuzzers)
if(TRIBUTARY_SANITIZE MATCHES fuzzer)
  # Only what the targets read: the instrumented rest, Asio first of all, would take a quarter of an hour to compile.
  set(fuzzed_sources ${core_sources})
  list(FILTER fuzzed_sources INCLUDE REGEX "/core/(model|mapping|settings|change)/")
  file(GLOB decoders CONFIGURE_DEPENDS connectors/*/decode.cpp connectors/kit/table/definition.cpp
       connectors/kit/walk/mark.cpp connectors/kit/walk/position_json.cpp connectors/kit/table/statement.cpp
       connectors/kit/http/row_scanner.cpp connectors/kit/http/json_decoder.cpp
       connectors/erpnext/announcements.cpp connectors/erpnext/failures.cpp connectors/erpnext/position.cpp
       connectors/erpnext/stamps.cpp connectors/kit/http/errors.cpp
       connectors/odata/edm.cpp connectors/odata/metadata.cpp connectors/odata/rows.cpp
       connectors/odoo/domain.cpp connectors/odoo/errors.cpp connectors/odoo/fields.cpp connectors/odoo/wire.cpp
       connectors/tryton/base64.cpp connectors/tryton/errors.cpp)
  list(APPEND fuzzed_sources ${decoders})
  add_library(tributary_fuzzed STATIC EXCLUDE_FROM_ALL ${fuzzed_sources} ${generated}/schemas.cpp)
  target_link_libraries(tributary_fuzzed PUBLIC tributary_options tributary_packages PkgConfig::MARIADB EXPAT::EXPAT)
  foreach(source IN LISTS fuzz_sources)
    cmake_path(GET source STEM name)
    add_executable(fuzz_${name} ${source})
    target_link_libraries(fuzz_${name} PRIVATE tributary_fuzzed)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzzers fuzz_${name})
  endforeach()
endif()
