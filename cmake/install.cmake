# `cmake --install build/release --prefix …`: the program, its unit, the docs and the sample configurations.
include(GNUInstallDirs)
install(TARGETS tributary RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES deploy/README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs config DESTINATION ${CMAKE_INSTALL_DOCDIR})

# The prefix is known only now, and the unit names the program's whole path.
install(CODE "
  set(PROGRAM \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/tributary\")
  set(DOCUMENTATION \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DOCDIR}\")
  file(READ \"${CMAKE_SOURCE_DIR}/deploy/tributary.service.in\" unit)
  string(REPLACE \"{PROGRAM}\" \"\${PROGRAM}\" unit \"\${unit}\")
  string(REPLACE \"{DOCUMENTATION}\" \"\${DOCUMENTATION}\" unit \"\${unit}\")
  file(WRITE \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/lib/systemd/system/tributary.service\" \"\${unit}\")
")
