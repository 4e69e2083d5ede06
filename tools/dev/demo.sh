# demo: from nothing to a finished backtest on a sample market, and to a page where its runs are.

# The demo's service: its runs are those that ./dev demo submitted.
dev_serve() {
  [ -d demo/market ] || { echo "dev: ./dev demo makes what is served here" >&2; return 1; }
  cd demo/market
  BACKTEST_ALLOW_LOCAL_DATA=true BACKTEST_ALLOWED_DATA_DIRS=$PWD BACKTEST_OUTPUT_DIR=$PWD/../service \
    exec ../../build/release/backtest serve
}

# submit_demo_runs LOG: the market's configs, on a service that is ended afterwards.
submit_demo_runs() {
  local port=${BACKTEST_DEMO_PORT:-8765} server config
  (
    export BACKTEST_LISTEN=127.0.0.1:$port
    dev_serve
  ) >"$1" 2>&1 &
  server=$!
  export BACKTEST_URL=http://127.0.0.1:$port
  for _ in {1..100}; do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
    sleep 0.1
  done
  for config in demo/market/*.yaml; do
    build/release/backtest submit "$config" --watch >>"$1" 2>&1 || { tail -5 "$1"; kill "$server"; return 1; }
  done
  kill "$server"
  wait "$server" || true
}

dev_demo() {
  dev_build release backtest
  [ -d demo/market ] || build/release/backtest sample demo/market
  local run_id="demo-$(date +%H%M%S)"
  (cd demo/market && ../../build/release/backtest run momentum.yaml --run-id "$run_id" --output-dir ../results)
  echo
  ls demo/results/"$run_id"
  echo
  echo "open demo/results/$run_id/tearsheet.html"
  submit_demo_runs demo/service.log
  echo "or, to see, compare and submit runs in a browser:  ./dev serve   and open http://127.0.0.1:8000"
}
