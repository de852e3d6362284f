pkg_check_modules(MARIADB REQUIRED IMPORTED_TARGET libmariadb)
target_link_libraries(${connector_target} PUBLIC PkgConfig::MARIADB)
