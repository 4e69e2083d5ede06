# test and ci. Each step prints how long it took; at the end stands a table of all.

step_times=()

step() {
  local name=$1 start=$SECONDS
  shift
  echo "== $name"
  "$@"
  echo "== $name: $((SECONDS - start)) s"
  step_times+=("$((SECONDS - start)) $name")
}

print_step_times() {
  printf '%6s s  %s\n' "$SECONDS" total
  printf '%s\n' "${step_times[@]}" | sort -rn | while read -r seconds name; do printf '%6s s  %s\n' "$seconds" "$name"; done
}

run_unit_tests() { ctest --test-dir "build/$1" --output-on-failure --no-tests=error -j "$(nproc)" "${@:2}"; }

# Scenarios with known results, where they are present beside the checkout.
run_oracle() {
  if [ -f ../shared/oracle/compare.py ]; then
    /usr/bin/python3 ../shared/oracle/compare.py --binary build/release/backtest --jobs "$(nproc)"
  else
    echo "NOT RUN: ../shared/oracle, the scenarios with results from elsewhere, is not beside this checkout"
  fi
}

# What touches PostgreSQL on the versions beside Debian's 15: migrations, the store's suite, and a takeover with the old
# service's statements. run_other_servers PRESET
run_other_servers() {
  local preset=$1 version
  for version in 14 16 17; do
    export BACKTEST_POSTGRES_BIN=$PWD/.deps/postgres/node_modules/postgres-$version/native/bin
    step "PostgreSQL $version" "build/$preset/run_store_test" --gtest_brief=1 \
      --gtest_filter='*postgres*:Migrate*:Postgres*:*LostAnswer*-*Stress*:*Budget*'
    step "PostgreSQL $version, e2e/old_service_test.py" /usr/bin/python3 e2e/old_service_test.py \
      --binary "build/$preset/backtest"
    unset BACKTEST_POSTGRES_BIN
  done
}

run_end_to_end() {
  local test
  for test in e2e/*_test.py; do
    [ -e "$test" ] || continue
    step "$test" /usr/bin/python3 "$test" --binary build/release/backtest
  done
}

# ./dev faults [--seed N] [--rounds N]: the long campaign over both stores. It prints its seed; the same seed makes the
# same choices. The machine's timing is not the seed's: repeat a round that failed a few times.
dev_faults() {
  step setup dev_setup
  step build build_preset release backtest
  step faults /usr/bin/python3 e2e/campaign_test.py --binary build/release/backtest --rounds 200 "$@"
}

run_tests() {
  step unit run_unit_tests release
  step oracle run_oracle
  step "end to end" run_end_to_end
  run_other_servers release
}

# ./dev test WORD...: the tests of a folder, a file or a name, of the debug preset, which compiles in seconds.
test_words() {
  local plan program filter failed=0
  setup_build
  plan=$(python3 tools/dev/tests_of.py "$@")
  # Others need no more than the compiler and libraries.
  if grep -qE '^(e2e/|run_store_test|postgres_test)' <<<"$plan"; then dev_setup; fi
  build_preset debug $(cut -f1 <<<"$plan" | sed 's|^e2e/.*|backtest|' | sort -u)
  while IFS=$'\t' read -r program filter; do
    if [[ $program == e2e/* ]]; then
      step "$program" /usr/bin/python3 "$program" --binary build/debug/backtest </dev/null || failed=1
    else
      step "$program" "build/debug/$program" --gtest_brief=1 --gtest_filter="$filter" </dev/null || failed=1
    fi
  done <<<"$plan"
  return "$failed"
}

dev_test() {
  if [ $# -gt 0 ]; then
    test_words "$@"
    return
  fi
  step setup dev_setup
  step build build_preset release
  run_tests
  print_step_times
  [ -f ../shared/oracle/compare.py ] || echo "all tests passed, but ../shared/oracle was not there: its scenarios were not run"
}

# Each fuzzer for a few seconds, from a fixed seed.
run_fuzzers() {
  local fuzzer
  for fuzzer in build/asan/*_fuzz; do
    [ -x "$fuzzer" ] || continue
    local corpus="build/asan/corpus-$(basename "$fuzzer")"
    mkdir -p "$corpus"
    "$fuzzer" "$corpus" -seed=1 -max_total_time=10 -timeout=5 -rss_limit_mb=2048 -print_final_stats=0 >"$corpus.log" 2>&1 ||
      { tail -40 "$corpus.log"; return 1; }
  done
}

# End-to-end tests on the binary of a sanitizer's preset. e2e/service.py hands the options on and looks for findings.
run_end_to_end_sanitized() {
  local preset=$1 name
  for name in "${@:2}"; do
    step "$preset e2e/${name}_test.py" /usr/bin/python3 "e2e/${name}_test.py" --binary "build/$preset/backtest"
  done
}

# Address and undefined-behaviour sanitizers over every unit test, the real server, and the fuzzers.
run_asan() {
  build_preset asan
  run_unit_tests asan
  ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1 run_end_to_end_sanitized asan serve client faults readiness
  run_fuzzers
}

dev_asan() {
  dev_setup
  run_asan
}

# What has threads: the stores (not by kills: a forked copy has lost its threads), the HTTP server over real sockets, the
# worker, and the whole program under load and faults. cmake/thread_sanitizer.cpp says what is left out, and why.
build_tsan() { build_preset tsan run_store_test edge_test worker_test backtest; }

run_tsan() {
  build_tsan
  build/tsan/run_store_test --gtest_filter='*sqlite*:*Sqlite*:*GroupCommit*-*ill*' --gtest_brief=1
  build/tsan/edge_test --gtest_brief=1
  build/tsan/worker_test --gtest_brief=1
  TSAN_OPTIONS=second_deadlock_stack=1 run_end_to_end_sanitized tsan serve client faults readiness postgres
}

# While the end-to-end tests wait for leases and timeouts, the sanitizers' presets compile at the lowest priority.
start_sanitized_builds() {
  mkdir -p build
  set -m  # a process group of their own, so that all of it can be ended
  (renice -n 19 -p "$BASHPID" && build_preset asan && build_tsan) >build/sanitized.log 2>&1 &
  sanitized_builds=$!
  set +m
  trap 'kill -- "-$sanitized_builds" 2>/dev/null || true' EXIT
}

finish_sanitized_builds() { wait "$sanitized_builds" || { tail -60 build/sanitized.log; return 1; }; }

dev_ci() {
  step setup dev_setup
  step lint dev_lint
  step build build_preset release
  start_sanitized_builds
  run_tests
  step "build asan and tsan, what is left" finish_sanitized_builds
  step asan run_asan
  step tsan run_tsan
  print_step_times
}
