# The tree and its arrows (ARCHITECTURE.md). Read top to bottom: a folder may name only folders above it.

backtest_folder(base EXTERNAL OpenSSL::Crypto fmt::fmt boost_json)
backtest_folder(arrow_library EXTERNAL ${CMAKE_DL_LIBS})
backtest_folder(arrow_file EXTERNAL arrow)

# The engine is pure: no I/O, no threads, no clock. Stages see only model and base.
backtest_folder(engine/model DEPENDS base)
backtest_folder(engine/market DEPENDS engine/model)
backtest_folder(engine/signal DEPENDS engine/model engine/market)
backtest_folder(engine/target DEPENDS engine/model engine/market EXTERNAL eigen proxsuite)
backtest_folder(engine/cost DEPENDS engine/model)
backtest_folder(engine/order DEPENDS engine/model engine/cost)
backtest_folder(engine/fill DEPENDS engine/model engine/cost)
backtest_folder(engine/ledger DEPENDS engine/model)
backtest_folder(engine/metric DEPENDS engine/model)
backtest_folder(engine DEPENDS engine/signal engine/target engine/order engine/fill engine/ledger engine/metric)
# A fifth of simulate()'s time: -O3 keeps vectors' ends and the ledger's sums in registers.
foreach(name engine engine_market engine_signal engine_target engine_cost engine_order engine_fill engine_ledger)
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O3>)
endforeach()

backtest_folder(spec DEPENDS engine/model base EXTERNAL yaml_cpp)
backtest_folder(data DEPENDS arrow_library engine/model base EXTERNAL z)
backtest_folder(data/parquet DEPENDS data arrow_file engine/model base EXTERNAL arrow)
backtest_folder(report DEPENDS arrow_library engine/model engine/metric base)
backtest_folder(report/parquet DEPENDS report engine/model engine/metric base EXTERNAL arrow)
backtest_folder(settings DEPENDS base)

# The client of object storage is a library of its own, loaded when something asks for it (crates/object_storage).
backtest_folder(object_storage DEPENDS settings base EXTERNAL object_storage_interface)
include(object_storage_library)

backtest_folder(postgres DEPENDS base EXTERNAL libpq)
backtest_folder(data/postgres DEPENDS data postgres base)
backtest_folder(data/objects DEPENDS data object_storage settings base)
backtest_folder(data/delta DEPENDS data object_storage settings base)

backtest_folder(execute DEPENDS spec data data/postgres data/objects data/delta settings report engine)

# A store is an adapter: only main.cpp, which registers it, may include it, and the program links it.
backtest_folder(run_store DEPENDS settings base)
backtest_store(run_store/sqlite DEPENDS run_store EXTERNAL SQLite::SQLite3)
backtest_store(run_store/postgres DEPENDS run_store postgres)
backtest_store(run_store/adls DEPENDS run_store object_storage)
include(embed_migrations)
backtest_folder(artifact_store DEPENDS settings base)
backtest_store(artifact_store/local DEPENDS artifact_store)
backtest_store(artifact_store/adls DEPENDS artifact_store object_storage)

backtest_folder(dataset DEPENDS artifact_store base)

backtest_folder(artifact_table DEPENDS arrow_library artifact_store)
backtest_folder(artifact_table/parquet DEPENDS artifact_table artifact_store arrow_file base EXTERNAL arrow)
include(arrow_library)

backtest_folder(worker DEPENDS run_store artifact_store dataset execute arrow_library)
backtest_folder(http_client DEPENDS base EXTERNAL curl)
backtest_folder(sample DEPENDS base)
backtest_folder(edge/http/message DEPENDS base EXTERNAL z)
backtest_folder(edge/http/auth DEPENDS edge/http/message settings http_client EXTERNAL OpenSSL::Crypto)
backtest_folder(edge/http/resource DEPENDS edge/http/message settings run_store artifact_store artifact_table dataset spec)
include(embed_text)
embed_text(edge/http/resource openapi.json openapi_document)
include(embed_client)
backtest_folder(edge/http/server DEPENDS edge/http/resource edge/http/auth EXTERNAL asio)
backtest_folder(service DEPENDS settings worker run_store artifact_store dataset object_storage http_client edge/http/server)
backtest_folder(edge/cli DEPENDS settings worker service artifact_store execute edge/http/server http_client sample)

target_compile_definitions(edge_cli PRIVATE BACKTEST_VERSION="${PROJECT_VERSION}" BACKTEST_BUILD_TYPE="${CMAKE_BUILD_TYPE}")

add_executable(backtest src/main.cpp)
target_link_libraries(backtest PRIVATE edge_cli ${BACKTEST_STORES})
set_target_properties(backtest PROPERTIES
  RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}
  BUILD_RPATH ${CMAKE_BINARY_DIR}
  INSTALL_RPATH "$ORIGIN/../lib/backtest")

if(CMAKE_CXX_FLAGS_DEBUG MATCHES "fsanitize=thread")
  target_sources(backtest PRIVATE cmake/thread_sanitizer.cpp)
endif()

backtest_tests(base DEPENDS base EXTERNAL rapidcheck)
backtest_tests(engine DEPENDS engine EXTERNAL rapidcheck)
backtest_tests(spec DEPENDS spec EXTERNAL rapidcheck)
backtest_tests(arrow_library DEPENDS arrow_library)
backtest_tests(data DEPENDS data data/postgres data/objects data/delta EXTERNAL rapidcheck arrow)
backtest_tests(report DEPENDS report EXTERNAL arrow)
backtest_tests(execute DEPENDS execute EXTERNAL rapidcheck)
backtest_tests(settings DEPENDS settings)
backtest_tests(object_storage DEPENDS object_storage)
backtest_tests(postgres DEPENDS postgres)
backtest_tests(run_store SHARDS 4 DEPENDS run_store/sqlite run_store/postgres run_store/adls object_storage)
backtest_tests(artifact_store DEPENDS artifact_store/local artifact_store/adls)
backtest_tests(dataset DEPENDS dataset artifact_store/local)
backtest_tests(worker DEPENDS worker run_store/sqlite artifact_store/local)
backtest_tests(http_client DEPENDS http_client)
backtest_tests(artifact_table DEPENDS artifact_table report)
backtest_tests(sample DEPENDS sample data spec)
backtest_tests(service DEPENDS service run_store/sqlite artifact_store/local)
backtest_tests(edge DEPENDS edge/cli edge/http/server run_store/sqlite artifact_store/local)

add_executable(engine_bench EXCLUDE_FROM_ALL bench/engine_bench.cpp bench/synthetic_market.cpp bench/bare_loop.cpp)
target_include_directories(engine_bench PRIVATE bench)
target_link_libraries(engine_bench PRIVATE engine benchmark)
add_executable(queue_bench EXCLUDE_FROM_ALL bench/queue_bench.cpp bench/queue_measures.cpp)
target_include_directories(queue_bench PRIVATE bench)
target_link_libraries(queue_bench PRIVATE run_store_postgres)

# Parts of the work whose instructions are counted (tools/dev/budget.sh).
add_executable(budget_parts EXCLUDE_FROM_ALL bench/budget_parts.cpp bench/synthetic_market.cpp)
target_include_directories(budget_parts PRIVATE bench)
target_link_libraries(budget_parts PRIVATE execute run_store_sqlite)

# What opens Parquet files when it runs.
foreach(program backtest budget_parts arrow_library_test data_test report_test execute_test worker_test artifact_table_test
    sample_test service_test edge_test)
  add_dependencies(${program} backtest_arrow)
endforeach()

add_executable(bare_server EXCLUDE_FROM_ALL bench/bare_server.cpp)
target_link_libraries(bare_server PRIVATE backtest_flags asio)

backtest_fuzzer(data/load_csv DEPENDS data)
backtest_fuzzer(spec/parse_spec DEPENDS spec)
backtest_fuzzer(artifact_table/csv_artifact DEPENDS artifact_table)
backtest_fuzzer(edge/http/server/request DEPENDS edge/http/server edge/http/resource edge/http/auth edge/http/message)

file(GLOB sim_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/sim/*.cpp)
add_executable(sim_test ${sim_sources})
target_link_libraries(sim_test PRIVATE run_store GTest::gtest GTest::gtest_main)
add_test(NAME sim_test COMMAND sim_test)
