# `cmake --install` gives find_package(berth), pkg-config, the program and the headers.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(berth_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/berth)

install(TARGETS berth EXPORT berth-targets
        RUNTIME COMPONENT berth_Runtime
        LIBRARY COMPONENT berth_Runtime NAMELINK_COMPONENT berth_Development
        ARCHIVE COMPONENT berth_Development
        FILE_SET HEADERS COMPONENT berth_Development)
install(EXPORT berth-targets NAMESPACE berth:: DESTINATION ${berth_package_dir} COMPONENT berth_Development)

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/berth-config.cmake.in
                              ${PROJECT_BINARY_DIR}/berth-config.cmake INSTALL_DESTINATION ${berth_package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/berth-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/berth-config.cmake ${PROJECT_BINARY_DIR}/berth-config-version.cmake
        DESTINATION ${berth_package_dir} COMPONENT berth_Development)

file(RELATIVE_PATH berth_pc_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${CMAKE_CURRENT_LIST_DIR}/berth.pc.in ${PROJECT_BINARY_DIR}/berth.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/berth.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
        COMPONENT berth_Development)

if(TARGET berth-cli)
  install(TARGETS berth-cli RUNTIME COMPONENT berth_Runtime)
endif()
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT berth_Runtime)

set(CPACK_GENERATOR TGZ DEB)
set(CPACK_PACKAGE_CONTACT "the berth developers <berth@example.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
include(CPack)
