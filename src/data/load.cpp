#include "data/load.hpp"

#include <set>

#include "base/sha256.hpp"
#include "data/benchmark.hpp"
#include "data/fingerprint.hpp"
#include "data/price_panel.hpp"
#include "data/signal_panel.hpp"
#include "data/table_source.hpp"
#include "data/target_table.hpp"

namespace backtest {

namespace {

// Of files, and of tables without versions, the panel's own fingerprint.
std::string with_versions(const LoadRequest& request, const std::string& panel) {
  std::set<const TableSource*> told;
  std::string versions;
  for (const TableSource* source :
       {request.price_tables.get(), request.signal_tables.get(), request.other_tables.get()}) {
    if (source != nullptr && told.insert(source).second) versions += source->versions_read();
  }
  return versions.empty() ? panel : sha256_hex(panel + "\n" + versions);
}

}  // namespace

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
  loaded.fingerprint = with_versions(request, fingerprint(loaded.market));
  return loaded;
}

}  // namespace backtest
