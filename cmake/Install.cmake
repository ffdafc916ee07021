# What `cmake --install` puts where, and what find_package(docmind) finds: the target docmind::docmind.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS docmind docmind-worker RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS docmind_shared EXPORT docmind LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY include/docmind DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
# OpenVINO, the tokenizers, TBB and Boost's compiled parts, as they lie beside the build.
install(DIRECTORY ${CMAKE_BINARY_DIR}/lib/ DESTINATION ${CMAKE_INSTALL_LIBDIR} USE_SOURCE_PERMISSIONS
    FILES_MATCHING PATTERN "*.so*" PATTERN "libdocmind.so*" EXCLUDE PATTERN "CMakeFiles" EXCLUDE)
install(EXPORT docmind NAMESPACE docmind:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/docmind FILE docmindTargets.cmake)

configure_package_config_file(cmake/docmindConfig.cmake.in ${CMAKE_BINARY_DIR}/docmindConfig.cmake
    INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/docmind)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/docmindConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/docmindConfig.cmake ${CMAKE_BINARY_DIR}/docmindConfigVersion.cmake
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/docmind)
