# test and ci. Each step prints how long it took.

step() {
  local name=$1 start=$SECONDS
  shift
  echo "== $name"
  "$@"
  echo "== $name: $((SECONDS - start)) s"
}

run_unit_tests() { ctest --test-dir "build/$1" --output-on-failure --no-tests=error -j "$(nproc)" "${@:2}"; }

# Scenarios with known results, where they are present beside the checkout.
run_oracle() {
  if [ -f ../shared/oracle/compare.py ]; then
    /usr/bin/python3 ../shared/oracle/compare.py --binary build/release/backtest --jobs "$(nproc)"
  else
    echo "no scenarios beside this checkout"
  fi
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

dev_test() {
  step setup dev_setup
  step build build_preset release
  step unit run_unit_tests release
  step oracle run_oracle
  step "end to end" run_end_to_end
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

# Address and undefined-behaviour sanitizers over every unit test, the fuzzers, and the same results as the release's.
run_asan() {
  build_preset asan
  run_unit_tests asan
  run_fuzzers
  build_preset release backtest
  /usr/bin/python3 e2e/determinism_test.py --binary build/release/backtest --other build/asan/backtest
}

dev_asan() {
  dev_setup
  run_asan
}

# What has threads, but neither Arrow nor libpq (their libraries are not instrumented), and no fork.
run_tsan() {
  build_preset tsan run_store_test
  build/tsan/run_store_test --gtest_filter='*sqlite*:*Sqlite*-*ill*' --gtest_brief=1
}

dev_ci() {
  dev_test
  step lint dev_lint
  step asan run_asan
  step tsan run_tsan
}
