#include "data/load.hpp"

#include "data/benchmark.hpp"
#include "data/fingerprint.hpp"
#include "data/price_panel.hpp"
#include "data/signal_panel.hpp"
#include "data/target_table.hpp"

namespace backtest {

LoadedData load_market_data(const LoadRequest& request) {
  LoadedData loaded;
  LoadedPrices prices = load_prices(request, loaded.warnings);
  loaded.market.prices = std::move(prices.panel);
  loaded.market.benchmark_close = std::move(prices.benchmark_close);
  loaded.market.signals = load_signals(request, loaded.market.prices, loaded.warnings);
  for (const std::string& path : request.target_paths) {
    loaded.market.targets.push_back(load_targets(request, path, loaded.market.prices, loaded.warnings));
  }
  loaded.market.risk_free = load_risk_free(request, loaded.market.prices, loaded.warnings);
  if (request.benchmark_path)
    loaded.market.benchmark_close = load_benchmark(request, loaded.market.prices, loaded.warnings);
  loaded.fingerprint = fingerprint(loaded.market);
  return loaded;
}

}  // namespace backtest
