find_package(EXPAT REQUIRED)
target_link_libraries(${connector_target} PUBLIC EXPAT::EXPAT)
