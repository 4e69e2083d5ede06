#include "data/load.hpp"

#include "data/fingerprint.hpp"
#include "data/price_panel.hpp"

namespace backtest {

LoadedData load_market_data(const LoadRequest& request) {
  LoadedData loaded;
  LoadedPrices prices = load_prices(request, loaded.warnings);
  loaded.market.prices = std::move(prices.panel);
  loaded.market.benchmark_close = std::move(prices.benchmark_close);
  loaded.fingerprint = fingerprint(loaded.market);
  return loaded;
}

}  // namespace backtest
