find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(fmt REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(CURL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(GTest REQUIRED)
# GoogleTest finds threads by itself. Its package says so again on the command line of tests alone, which keeps them from
# sharing a precompiled header with other sources.
set_target_properties(GTest::gtest GTest::gmock PROPERTIES INTERFACE_COMPILE_OPTIONS "")

add_library(boost_json INTERFACE)
target_link_libraries(boost_json INTERFACE Boost::json)

add_library(asio INTERFACE)
target_link_libraries(asio INTERFACE Boost::boost Threads::Threads OpenSSL::SSL)

# Loaded on demand (base/loaded_library.hpp): their headers alone.
add_library(curl INTERFACE)
target_include_directories(curl SYSTEM INTERFACE ${CURL_INCLUDE_DIRS})
target_link_libraries(curl INTERFACE ${CMAKE_DL_LIBS})
add_library(libpq INTERFACE)
target_include_directories(libpq SYSTEM INTERFACE ${PostgreSQL_INCLUDE_DIRS})
target_link_libraries(libpq INTERFACE ${CMAKE_DL_LIBS})

add_library(object_storage_interface INTERFACE)
target_include_directories(object_storage_interface SYSTEM INTERFACE ${CMAKE_SOURCE_DIR}/crates/object_storage/include)
target_link_libraries(object_storage_interface INTERFACE ${CMAKE_DL_LIBS})

add_library(z INTERFACE)
target_link_libraries(z INTERFACE ZLIB::ZLIB)

add_library(yaml_cpp INTERFACE)
target_link_libraries(yaml_cpp INTERFACE -lyaml-cpp)

add_library(rapidcheck INTERFACE)
target_link_libraries(rapidcheck INTERFACE -lrapidcheck)

add_library(eigen INTERFACE)
target_include_directories(eigen SYSTEM INTERFACE /usr/include/eigen3)

# Arrow C++ and ProxSuite ship inside Python wheels, pinned by hash in tools/requirements.txt.
set(BACKTEST_PYTHON ${CMAKE_SOURCE_DIR}/.deps/python CACHE PATH "private Python environment made by ./dev setup")
set(site_packages ${BACKTEST_PYTHON}/lib/python3.11/site-packages)
set(ARROW_LIBRARY_DIR ${site_packages}/pyarrow)
if(NOT EXISTS ${ARROW_LIBRARY_DIR}/libarrow.so.2600)
  message(FATAL_ERROR "Arrow C++ is missing below ${BACKTEST_PYTHON}: run ./dev setup")
endif()
add_library(arrow INTERFACE)
target_include_directories(arrow SYSTEM INTERFACE ${ARROW_LIBRARY_DIR}/include)
target_link_libraries(arrow INTERFACE ${ARROW_LIBRARY_DIR}/libparquet.so.2600 ${ARROW_LIBRARY_DIR}/libarrow.so.2600)

file(GLOB_RECURSE proxsuite_header ${site_packages}/proxsuite/*/proxqp/dense/dense.hpp
  ${site_packages}/cmeel.prefix/include/proxsuite/proxqp/dense/dense.hpp)
list(GET proxsuite_header 0 proxsuite_header)
string(REGEX REPLACE "/proxsuite/proxqp/dense/dense.hpp$" "" proxsuite_include ${proxsuite_header})
add_library(proxsuite INTERFACE)
target_include_directories(proxsuite SYSTEM INTERFACE ${proxsuite_include})
target_link_libraries(proxsuite INTERFACE eigen)
