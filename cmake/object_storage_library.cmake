# libbacktest_object_storage.so in build/lib/backtest, where programs of every preset find it as an installed one finds
# its own (../lib/backtest). Only tests and the package build it: ./dev build, run and demo need no Rust.
set(object_storage_library ${CMAKE_SOURCE_DIR}/build/lib/backtest/libbacktest_object_storage.so)
file(GLOB_RECURSE object_storage_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/crates/object_storage/src/*.rs)
add_custom_command(OUTPUT ${object_storage_library}
  COMMAND ${CMAKE_SOURCE_DIR}/crates/object_storage/build.sh ${object_storage_library}
  DEPENDS ${object_storage_sources} ${CMAKE_SOURCE_DIR}/crates/object_storage/Cargo.toml
    ${CMAKE_SOURCE_DIR}/crates/object_storage/Cargo.lock ${CMAKE_SOURCE_DIR}/crates/object_storage/build.sh
  COMMENT "Building the object storage library" USES_TERMINAL VERBATIM)
add_custom_target(object_storage_library DEPENDS ${object_storage_library})
