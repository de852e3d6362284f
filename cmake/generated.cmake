# Sources made by the build: the schemas as text, and the version.
file(GLOB schemas CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/schemas/*.json)
file(MAKE_DIRECTORY ${generated})
# the list goes through a file: a changed set of files must also run the command again
list(JOIN schemas "\n" schema_lines)
file(CONFIGURE OUTPUT ${generated}/schemas.txt CONTENT "@schema_lines@\n" @ONLY)

add_custom_command(
  OUTPUT ${generated}/schemas.cpp
  COMMAND ${CMAKE_COMMAND} -D list=${generated}/schemas.txt -D output=${generated}/schemas.cpp
          -P ${CMAKE_SOURCE_DIR}/cmake/embed_schemas.cmake
  DEPENDS ${schemas} ${generated}/schemas.txt cmake/embed_schemas.cmake
  COMMENT "Embedding schemas/"
  VERBATIM)

# Asked at every build, written only when it changed: a commit recompiles this one file.
add_custom_target(version
  COMMAND ${CMAKE_COMMAND} -D version=${PROJECT_VERSION} -D source=${CMAKE_SOURCE_DIR}
          -D output=${generated}/version.cpp -P ${CMAKE_SOURCE_DIR}/cmake/write_version.cmake
  BYPRODUCTS ${generated}/version.cpp
  COMMENT "Asking git for the commit"
  VERBATIM)
