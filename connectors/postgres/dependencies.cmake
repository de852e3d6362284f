pkg_check_modules(PQ REQUIRED IMPORTED_TARGET libpq)
target_link_libraries(${connector_target} PUBLIC PkgConfig::PQ)
