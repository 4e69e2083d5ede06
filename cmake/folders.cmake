# One static library per folder. A folder sees only the folders it names, so that an arrow which the
# architecture does not allow fails at link time, and `./dev lint` names the include. What only tests need is named
# *_for_tests.{hpp,cpp} and built into a second library of the folder, X_for_tests, that only tests link.

add_library(backtest_flags INTERFACE)
target_include_directories(backtest_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
# Contraction would fuse a*b+c on some machines only: results must be equal to the byte everywhere.
target_compile_options(backtest_flags INTERFACE -ffp-contract=off -Wall -Wextra -Wpedantic -Wconversion
  -Wno-sign-conversion -Wno-missing-designated-field-initializers -Wshadow -Werror -fno-omit-frame-pointer -fstack-protector-strong)
target_compile_definitions(backtest_flags INTERFACE BOOST_ASIO_NO_DEPRECATED)
target_link_options(backtest_flags INTERFACE -fuse-ld=mold -Wl,-z,relro,-z,now)

# Tests and their support are compiled without optimisation in every preset: what they test is optimised, and a file of
# tests takes half of the compiler's time, a fifth under a sanitizer.
string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
if(NOT CMAKE_CXX_FLAGS_${build_type} MATCHES "-O0")
  set(test_options -O0)
endif()

# Headers from elsewhere are most of what the compiler reads. They are read once: one precompiled header for sources and
# one for tests, because their optimisation differs.
set(BACKTEST_PRECOMPILED_HEADERS tests CACHE STRING "who reads headers from elsewhere once: all, tests or none")
file(WRITE ${CMAKE_BINARY_DIR}/precompiled.cpp "")
foreach(name precompiled precompiled_for_tests)
  add_library(${name} OBJECT EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/precompiled.cpp)
  target_link_libraries(${name} PRIVATE backtest_flags fmt::fmt boost_json)
  target_precompile_headers(${name} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/precompiled.hpp)
  # The compiler's cache goes by what a header says, not by when it was written.
  target_compile_options(${name} PRIVATE -Xclang -fno-pch-timestamp)
endforeach()
target_compile_options(precompiled_for_tests PRIVATE ${test_options})

# In every preset but debug several sources of a folder are compiled as one, in a quarter of the time: what a source names
# for itself is then unique in its folder. Debug compiles each alone, so that one that lacks an include of ours fails there.
option(BACKTEST_SOURCES_TOGETHER "compile the sources of a folder eight at a time" OFF)

# backtest_precompiled(engine precompiled)
function(backtest_precompiled target header)
  if(BACKTEST_PRECOMPILED_HEADERS STREQUAL "all" OR
     (BACKTEST_PRECOMPILED_HEADERS STREQUAL "tests" AND header STREQUAL "precompiled_for_tests"))
    target_precompile_headers(${target} REUSE_FROM ${header})
  endif()
endfunction()

# backtest_folder(run_store/sqlite DEPENDS run_store base EXTERNAL SQLite::SQLite3)
function(backtest_folder folder)
  cmake_parse_arguments(arg "" "" "DEPENDS;EXTERNAL" ${ARGN})
  string(REPLACE "/" "_" name ${folder})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${folder}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "_(test|for_tests|bench|fuzz)\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "/src/main\\.cpp$")
  set(scope PUBLIC)
  if(sources)
    add_library(${name} STATIC ${sources})
    set_target_properties(${name} PROPERTIES UNITY_BUILD ${BACKTEST_SOURCES_TOGETHER} UNITY_BUILD_BATCH_SIZE 8)
    backtest_precompiled(${name} precompiled)
  else()
    add_library(${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_link_libraries(${name} ${scope} backtest_flags ${arg_EXTERNAL})
  foreach(dependency ${arg_DEPENDS})
    string(REPLACE "/" "_" dependency ${dependency})
    target_link_libraries(${name} ${scope} ${dependency})
  endforeach()
  backtest_support_of_tests(${folder} DEPENDS ${arg_DEPENDS})
endfunction()

# X_for_tests: the folder's *_for_tests files, with those of the folders it depends on.
function(backtest_support_of_tests folder)
  cmake_parse_arguments(arg "" "" "DEPENDS" ${ARGN})
  string(REPLACE "/" "_" name ${folder})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${folder}/*_for_tests.cpp)
  set(scope PUBLIC)
  if(sources)
    add_library(${name}_for_tests STATIC ${sources})
  else()
    add_library(${name}_for_tests INTERFACE)
    set(scope INTERFACE)
  endif()
  target_link_libraries(${name}_for_tests ${scope} ${name} GTest::gtest GTest::gmock)
  if(sources)
    target_compile_options(${name}_for_tests PRIVATE ${test_options})
    backtest_precompiled(${name}_for_tests precompiled_for_tests)
  endif()
  foreach(dependency ${arg_DEPENDS})
    string(REPLACE "/" "_" dependency ${dependency})
    target_link_libraries(${name}_for_tests ${scope} ${dependency}_for_tests)
  endforeach()
endfunction()

# A store: a folder that the program links and that only main.cpp includes.
function(backtest_store folder)
  backtest_folder(${folder} ${ARGN})
  string(REPLACE "/" "_" name ${folder})
  set(BACKTEST_STORES ${BACKTEST_STORES} ${name} PARENT_SCOPE)
endfunction()

# backtest_tests(engine DEPENDS engine): every *_test.cpp below src/engine in one executable, engine_test. SHARDS 3 runs it
# as three processes with a third of its tests each: for tests that mostly wait.
function(backtest_tests folder)
  cmake_parse_arguments(arg "" "SHARDS" "DEPENDS;EXTERNAL" ${ARGN})
  string(REPLACE "/" "_" name ${folder})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${folder}/*_test.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(${name}_test ${sources})
  if(CMAKE_CXX_FLAGS_DEBUG MATCHES "fsanitize=thread")
    target_sources(${name}_test PRIVATE ${CMAKE_SOURCE_DIR}/cmake/thread_sanitizer.cpp)
  endif()
  # Only where it is named: every other test is compiled alike in each checkout, so that they share a compiler cache.
  foreach(source ${sources})
    file(STRINGS ${source} named REGEX BACKTEST_SOURCE_DIR LIMIT_COUNT 1)
    if(named)
      set_property(SOURCE ${source} APPEND PROPERTY COMPILE_DEFINITIONS BACKTEST_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    endif()
  endforeach()
  target_compile_options(${name}_test PRIVATE ${test_options})
  backtest_precompiled(${name}_test precompiled_for_tests)
  target_link_libraries(${name}_test PRIVATE backtest_flags GTest::gtest_main ${arg_EXTERNAL})
  foreach(dependency ${arg_DEPENDS})
    string(REPLACE "/" "_" dependency ${dependency})
    target_link_libraries(${name}_test PRIVATE ${dependency}_for_tests)
  endforeach()
  if(NOT arg_SHARDS)
    add_test(NAME ${name}_test COMMAND ${name}_test)
    return()
  endif()
  foreach(shard RANGE 1 ${arg_SHARDS})
    math(EXPR index "${shard} - 1")
    add_test(NAME ${name}_test_${shard} COMMAND ${name}_test)
    set_tests_properties(${name}_test_${shard} PROPERTIES
      ENVIRONMENT "GTEST_TOTAL_SHARDS=${arg_SHARDS};GTEST_SHARD_INDEX=${index}" COST 1000)
  endforeach()
endfunction()

# backtest_fuzzer(data/load_csv DEPENDS data): src/data/load_csv_fuzz.cpp as data_load_csv_fuzz, in the asan preset only.
# The folders it names are instrumented, so that the fuzzer sees which branches an input reaches.
function(backtest_fuzzer fuzzer)
  if(NOT CMAKE_CXX_FLAGS_DEBUG MATCHES "fsanitize=address")
    return()
  endif()
  cmake_parse_arguments(arg "" "" "DEPENDS" ${ARGN})
  string(REPLACE "/" "_" name ${fuzzer})
  add_executable(${name}_fuzz ${CMAKE_SOURCE_DIR}/src/${fuzzer}_fuzz.cpp)
  target_link_libraries(${name}_fuzz PRIVATE backtest_flags)
  target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
  foreach(dependency ${arg_DEPENDS})
    string(REPLACE "/" "_" dependency ${dependency})
    target_compile_options(${dependency} PRIVATE -fsanitize=fuzzer-no-link)
    set_target_properties(${dependency} PROPERTIES DISABLE_PRECOMPILE_HEADERS ON)  # it is not instrumented alike
    target_link_libraries(${name}_fuzz PRIVATE ${dependency})
  endforeach()
endfunction()
