target_link_libraries(${connector_target} PRIVATE PkgConfig::SQLITE)
