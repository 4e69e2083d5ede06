# demo: from nothing to a finished backtest on a sample market.

dev_demo() {
  dev_build release backtest
  [ -d demo/market ] || build/release/backtest sample demo/market
  local run_id="demo-$(date +%H%M%S)"
  (cd demo/market && ../../build/release/backtest run momentum.yaml --run-id "$run_id" --output-dir ../results)
  echo
  ls demo/results/"$run_id"
  echo
  echo "open demo/results/$run_id/tearsheet.html"
}
