# libbacktest_arrow.so: the folders that include Arrow, beside the program and loaded when something asks for it
# (src/arrow_library). Its exports are constants; all else in it is a copy that nothing outside sees, so what the other
# folders compiled for programs serves here too.
add_library(backtest_arrow MODULE ${CMAKE_BINARY_DIR}/arrow_interface_identity.cpp)
target_link_libraries(backtest_arrow PRIVATE backtest_flags
  $<LINK_LIBRARY:WHOLE_ARCHIVE,data_parquet,report_parquet,artifact_table_parquet>)
set(exports ${CMAKE_SOURCE_DIR}/cmake/arrow_library_exports.txt)
target_link_options(backtest_arrow PRIVATE -Wl,--version-script,${exports} -Wl,-Bsymbolic)
set_target_properties(backtest_arrow PROPERTIES
  POSITION_INDEPENDENT_CODE OFF
  LINK_DEPENDS ${exports}
  LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}
  BUILD_RPATH ${ARROW_LIBRARY_DIR}
  INSTALL_RPATH "$ORIGIN")

# What program and library must agree on, as one hash: whatever header changes, both are linked anew with another one.
file(GLOB_RECURSE interface_headers CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/src/base/*.hpp ${CMAKE_SOURCE_DIR}/src/engine/model/*.hpp ${CMAKE_SOURCE_DIR}/src/data/*.hpp
  ${CMAKE_SOURCE_DIR}/src/report/*.hpp ${CMAKE_SOURCE_DIR}/src/artifact_store/*.hpp
  ${CMAKE_SOURCE_DIR}/src/artifact_table/*.hpp)
list(FILTER interface_headers EXCLUDE REGEX "_for_tests\\.hpp$")
list(SORT interface_headers)
list(JOIN interface_headers "\n" interface_headers_text)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/arrow_interface_headers.txt CONTENT "${interface_headers_text}\n")
add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/arrow_interface_identity.cpp
  COMMAND ${CMAKE_COMMAND} -DHEADERS=${CMAKE_BINARY_DIR}/arrow_interface_headers.txt
    -DFLAGS=${CMAKE_BUILD_TYPE}${CMAKE_CXX_FLAGS_DEBUG}
    -DOUTPUT=${CMAKE_BINARY_DIR}/arrow_interface_identity.cpp
    -P ${CMAKE_SOURCE_DIR}/cmake/write_interface_identity.cmake
  DEPENDS ${interface_headers} ${CMAKE_BINARY_DIR}/arrow_interface_headers.txt
    ${CMAKE_SOURCE_DIR}/cmake/write_interface_identity.cmake
  VERBATIM)
target_sources(arrow_library PRIVATE ${CMAKE_BINARY_DIR}/arrow_interface_identity.cpp)
# The library has a copy of its own, so that it must stand alone in the archive.
set_source_files_properties(${CMAKE_BINARY_DIR}/arrow_interface_identity.cpp PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
add_custom_target(arrow_interface_identity DEPENDS ${CMAKE_BINARY_DIR}/arrow_interface_identity.cpp)
add_dependencies(backtest_arrow arrow_interface_identity)
add_dependencies(arrow_library arrow_interface_identity)
