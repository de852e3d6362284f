# Sources made by the build: the schemas and the ready mappings as text, and the version.

# Makes `output`, in which `accessor` gives the files that `lines` names, each `name=path`.
function(embed_files output accessor lines)
  # the list goes through a file: a changed set of files must also run the command again
  list(SORT lines)
  set(files ${lines})
  list(TRANSFORM files REPLACE "^[^=]*=" "")
  list(JOIN lines "\n" text)
  file(CONFIGURE OUTPUT ${output}.txt CONTENT "@text@\n" @ONLY)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -D list=${output}.txt -D output=${output} -D accessor=${accessor}
            -P ${CMAKE_SOURCE_DIR}/cmake/embed_files.cmake
    DEPENDS ${files} ${output}.txt ${CMAKE_SOURCE_DIR}/cmake/embed_files.cmake
    COMMENT "Embedding files for ${accessor}"
    VERBATIM)
endfunction()

file(MAKE_DIRECTORY ${generated})
file(GLOB schemas CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/schemas ${CMAKE_SOURCE_DIR}/schemas/*.json)
list(TRANSFORM schemas REPLACE "(.+)" "\\1=${CMAKE_SOURCE_DIR}/schemas/\\1")
embed_files(${generated}/schemas.cpp tributary::embedded_schemas "${schemas}")

# Asked at every build, written only when it changed: a commit recompiles this one file.
add_custom_target(version
  COMMAND ${CMAKE_COMMAND} -D version=${PROJECT_VERSION} -D source=${CMAKE_SOURCE_DIR}
          -D output=${generated}/version.cpp -P ${CMAKE_SOURCE_DIR}/cmake/write_version.cmake
  BYPRODUCTS ${generated}/version.cpp
  COMMENT "Asking git for the commit"
  VERBATIM)
