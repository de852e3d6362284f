# What every connector must pass: in unit tests where its source needs no server, else in system tests.
file(GLOB conformance_sources CONFIGURE_DEPENDS tests/conformance/*.cpp)
list(FILTER conformance_sources EXCLUDE REGEX "_test\\.cpp$")
add_library(conformance STATIC EXCLUDE_FROM_ALL ${conformance_sources})
target_link_libraries(conformance PUBLIC tributary_core)
target_precompile_headers(conformance REUSE_FROM tributary_core)
target_link_libraries(unit_tests PRIVATE conformance)
target_link_libraries(system_tests PRIVATE conformance)

# What `./run new-connector from_template` makes, compiled and tested each time, so that the template never rots.
# tests/system/test_new_connector.py sees to it that both make the same.
set(NAME from_template)
set(made_sources "")
file(GLOB_RECURSE template_files CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/connectors/.template
     ${CMAKE_SOURCE_DIR}/connectors/.template/*)
foreach(file IN LISTS template_files)
  configure_file(connectors/.template/${file} ${generated}/connectors/${NAME}/${file} @ONLY)
  if(file MATCHES "\\.cpp$")
    list(APPEND made_sources ${generated}/connectors/${NAME}/${file})
  endif()
endforeach()
add_library(made_connector OBJECT EXCLUDE_FROM_ALL ${made_sources})
target_include_directories(made_connector PRIVATE ${generated})
target_link_libraries(made_connector PRIVATE tributary_kit)
target_precompile_headers(made_connector REUSE_FROM tributary_core)
target_link_libraries(unit_tests PRIVATE made_connector)
