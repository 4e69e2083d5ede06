# test and ci.

# The crate's own, with the dependencies that its library was built with.
run_crate_tests() {
  (cd crates/object_storage && CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-../../build/cargo} \
    in_temporary_directory cargo test --release --locked --lib --quiet)
}

# Of programs that fail, what failed and nothing of what passed.
run_unit_tests() {
  GTEST_BRIEF=1 in_temporary_directory \
    ctest --test-dir "build/$1" --output-on-failure --no-tests=error -j "$(nproc)" "${@:2}"
}

# Scenarios with known results, where they are present beside the checkout.
run_oracle() {
  if [ -f ../shared/oracle/compare.py ]; then
    /usr/bin/python3 ../shared/oracle/compare.py --binary build/release/backtest --jobs "$(nproc)"
  else
    echo "NOT RUN: ../shared/oracle, the scenarios with results from elsewhere, is not beside this checkout"
  fi
}

# Lines of a command and its arguments, two at a time, because they mostly wait for leases and timeouts. What each said
# is printed when it has ended, so that two do not mix their words.
two_at_a_time() {
  local function
  for function in $(declare -F | cut -d' ' -f3); do export -f "$function"; done
  export step_times
  xargs -P 2 -L 1 bash -ec 'step_apart "$0 $*" "$0" "$@" || exit 255'
}

step_apart() {
  local log status=0
  log=$(mktemp)
  bash -ec 'step "$0" "$@"' "$@" >"$log" 2>&1 || status=$?  # of its own: `||` would switch -e off inside
  cat "$log"
  rm -f "$log"
  [ "$status" -eq 0 ] || echo "== $1: FAILED"
  return "$status"
}

# script PRESET FILE. e2e/service.py hands a sanitizer's options on, looks for findings, and sets no limits of memory.
script() {
  local options=()
  [[ $1 != [at]san ]] ||
    options=(ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1 TSAN_OPTIONS=second_deadlock_stack=1)
  in_temporary_directory env "${options[@]}" /usr/bin/python3 "$2" --binary "build/$1/backtest"
}

# What touches PostgreSQL, on a version beside Debian's 15: migrations, the store's suite, and a takeover with the old
# service's statements.
postgres_version() {
  export BACKTEST_POSTGRES_BIN=$PWD/.deps/postgres/node_modules/postgres-$1/native/bin
  in_temporary_directory build/release/run_store_test --gtest_brief=1 \
    --gtest_filter='*postgres*:Migrate*:Postgres*:*LostAnswer*-*Stress*:*Budget*'
  script release e2e/old_service_test.py
}

# Scripts that say in a line of their own `# Alone: ` why they cannot share the machine.
alone_scripts() { grep -l '^# Alone: ' e2e/*_test.py; }

run_end_to_end() {
  local longest=(tearsheet ui)  # begun first, so that neither runs alone at the end
  { printf 'script release e2e/%s_test.py\n' "${longest[@]}"
    printf 'postgres_version %s\n' 14 16 17
    printf 'script release %s\n' e2e/*_test.py |
      grep -vFf <(alone_scripts; printf 'e2e/%s_test.py\n' "${longest[@]}"); } | two_at_a_time
}

run_end_to_end_alone() {
  local test
  joined "${!beside_group[@]}"
  for test in $(alone_scripts); do step "$test" script release "$test"; done
}

# ./dev faults [--seed N] [--rounds N] [--runs N]: the long campaign over both stores, more than 10,000 runs. It prints
# its seed; the same seed makes the same choices. The machine's timing is not the seed's: repeat a round that failed a
# few times.
dev_faults() {
  step setup dev_setup
  step build build_preset release backtest
  step faults in_temporary_directory \
    /usr/bin/python3 e2e/campaign_test.py --binary build/release/backtest --rounds 200 --runs 60 "$@"
}

run_tests() {
  step unit run_unit_tests release
  step "object storage crate" run_crate_tests
  step oracle run_oracle
  step "end to end" run_end_to_end
  step "end to end, alone" run_end_to_end_alone
}

# ./dev test WORD...: the tests of a folder, a file or a name, of the debug preset, which compiles in seconds.
test_words() {
  local plan program filter failed=0
  setup_build
  plan=$(python3 tools/dev/tests_of.py "$@")
  # Others need no more than the compiler and libraries.
  if grep -qE '^(e2e/|run_store_test|postgres_test|object_storage_test|artifact_store_test|data_test)' <<<"$plan"; then
    dev_setup
    build_preset debug object_storage_library
  fi
  build_preset debug $(cut -f1 <<<"$plan" | sed 's|^e2e/.*|backtest|' | sort -u)
  while IFS=$'\t' read -r program filter; do
    if [[ $program == e2e/* ]]; then
      step "$program" script debug "$program" </dev/null || failed=1
    else
      step "$program" in_temporary_directory \
        "build/debug/$program" --gtest_brief=1 --gtest_filter="$filter" </dev/null || failed=1
    fi
  done <<<"$plan"
  return "$failed"
}

# From nothing to what run_tests needs. What only tests need is downloaded, and the storage crate compiled, while the
# program is.
prepare_tests() {
  step "setup, to build" setup_to_build
  beside "setup, to test" setup_to_test
  beside "object storage library" crates/object_storage/build.sh "$PWD/build/lib/backtest/libbacktest_object_storage.so"
  step build build_with_client release
  joined "setup, to test" "object storage library"
  build_preset release object_storage_library  # which ninja now finds compiled
}

dev_test() {
  if [ $# -gt 0 ]; then
    test_words "$@"
    return
  fi
  prepare_tests
  run_tests
  print_step_times
  [ -f ../shared/oracle/compare.py ] || echo "all tests passed, but ../shared/oracle was not there: its scenarios were not run"
}

# fuzzer FILE, for a few seconds, from a fixed seed.
fuzzer() {
  local corpus="build/asan/corpus/$(basename "$1")"  # no program of `build/asan/*_fuzz`
  mkdir -p "$corpus"
  "$1" "$corpus" -seed=1 -max_total_time=10 -timeout=5 -rss_limit_mb=2048 -print_final_stats=0
}

# What has threads: the stores (not by kills: a forked copy has lost its threads), the HTTP server over real sockets, the
# worker, and the whole program under load and faults. cmake/thread_sanitizer.cpp says what is left out, and why.
build_tsan() { build_preset tsan run_store_test edge_test worker_test backtest; }

run_tsan_units() {
  in_temporary_directory \
    build/tsan/run_store_test --gtest_filter='*sqlite*:*Sqlite*:*GroupCommit*-*ill*' --gtest_brief=1
  in_temporary_directory build/tsan/edge_test --gtest_brief=1
  # Its forked copies, which have one thread, start threads of their own.
  TSAN_OPTIONS=die_after_fork=0 in_temporary_directory build/tsan/worker_test --gtest_brief=1
}

asan_jobs() {
  printf 'script asan e2e/%s_test.py\n' faults readiness serve client
  printf 'fuzzer %s\n' build/asan/*_fuzz
}
tsan_jobs() { printf 'script tsan e2e/%s_test.py\n' faults readiness postgres serve client; }

# Address and undefined-behaviour sanitizers over every unit test, the real server, and the fuzzers.
dev_asan() {
  dev_setup
  build_preset asan
  build_preset release object_storage_library
  run_unit_tests asan
  two_at_a_time < <(asan_jobs)
}

# While end-to-end tests wait for leases and timeouts, the sanitizers' presets compile at the lowest priority. The unit tests
# of one run then as others do: they have leases, too.
build_sanitized_and_test_units() {
  (
    renice -n 19 -p "$BASHPID"
    build_preset asan
    build_tsan
  )
  step "unit, asan" run_unit_tests asan
}

dev_ci() {
  step lint dev_lint  # first, as it takes seconds
  prepare_tests
  beside "sanitized: build, unit tests" build_sanitized_and_test_units
  step budget dev_budget
  run_tests
  step sanitized two_at_a_time < <(tsan_jobs; echo run_tsan_units; asan_jobs)  # the longest first
  print_step_times
}
