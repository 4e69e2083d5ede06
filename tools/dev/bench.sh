# bench: speed. `./dev bench` runs all, `./dev bench NAME` one of engine, run, service, lists, queue, ui,
# cloud, growth, instructions.

bench_engine() {
  build_preset release engine_bench
  build/release/engine_bench --benchmark_min_time=1
}

# The workloads' inputs come from the generator beside the checkout; it needs numpy and pyarrow.
bench_inputs() {
  [ -f build/bench/manifest.json ] && return
  [ -f ../shared/bench/inputs.py ] || { echo "no input generator beside this checkout" >&2; return 1; }
  [ -x build/bench-python/bin/python ] || {
    /usr/bin/python3 -m venv build/bench-python
    build/bench-python/bin/pip install --quiet --disable-pip-version-check numpy==2.3.4 pyarrow==26.0.1
  }
  build/bench-python/bin/python ../shared/bench/inputs.py build/bench W1 W4
}

bench_run() {
  build_preset release backtest
  bench_inputs
  python3 bench/run_bench.py --binary build/release/backtest --inputs build/bench
}

bench_service() {
  build_preset release backtest bare_server
  /usr/bin/python3 bench/service_bench.py --binary build/release/backtest --bare build/release/bare_server
}

# Every order, filter and search of a list with 200,000 runs stored, on SQLite and PostgreSQL.
bench_lists() {
  build_preset release backtest
  /usr/bin/python3 bench/list_bench.py --binary build/release/backtest
}

# Node and the packages of bench/peers, for the queues that ours is measured beside.
bench_peers() {
  setup_environment node node tools/requirements-node.txt
  [ bench/peers/node_modules/.package-lock.json -nt bench/peers/package-lock.json ] ||
    PATH=$PWD/.deps/node/bin:$PATH npm ci --prefix bench/peers --ignore-scripts --no-audit --no-fund --loglevel=error
}

# The queue on a private PostgreSQL, beside graphile-worker and pg-boss. BENCH_NO_FSYNC=1 leaves the disk out.
bench_queue() {
  build_preset release queue_bench
  bench_peers
  build/release/queue_bench --node .deps/node/bin/node ${BENCH_NO_FSYNC:+--no-fsync}
}

# The web client in Chromium.
bench_ui() {
  dev_build release backtest
  /usr/bin/python3 bench/ui_bench.py --binary build/release/backtest
}

# Instructions instead of seconds: repeatable on a noisy machine. Debian's valgrind cannot read clang's debug data.
bench_instructions() {
  build_preset release engine_bench
  mkdir -p build/bench
  strip --strip-debug -o build/bench/engine_bench build/release/engine_bench
  local name
  for name in w1_simulate w1_bare_loop; do
    valgrind --tool=callgrind --callgrind-out-file="build/bench/$name.callgrind" build/bench/engine_bench \
      --benchmark_filter="^$name\$" --benchmark_min_time=0.000001 2>&1 | grep -E 'Collected|refs' | sed "s/^/$name: /"
  done
}

# Object storage on Azurite beside local files.
bench_cloud() {
  build_preset release backtest object_storage_library
  bench_inputs
  /usr/bin/python3 bench/cloud_bench.py --binary build/release/backtest --inputs build/bench
}

# Time and memory against bars, instruments, fills, queued and stored runs, connections. BENCH_PARTS=bars,stored: those alone.
bench_growth() {
  build_preset release backtest
  /usr/bin/python3 bench/growth_bench.py --binary build/release/backtest ${BENCH_PARTS:+--parts "$BENCH_PARTS"}
}

dev_bench() {
  dev_setup
  local names=("$@")
  [ ${#names[@]} -gt 0 ] || names=(engine run service lists queue ui cloud growth)
  local name
  for name in "${names[@]}"; do
    declare -F "bench_$name" >/dev/null || { echo "bench: '$name' is not a benchmark" >&2; return 2; }
    in_temporary_directory "bench_$name"
  done
}
