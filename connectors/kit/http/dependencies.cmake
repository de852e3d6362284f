pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl)
target_link_libraries(${connector_target} PUBLIC PkgConfig::CURL)
