#include "execute/load_run.hpp"

#include "data/local_sources.hpp"
#include "data/panel_cache.hpp"
#include "execute/data_checks.hpp"
#include "execute/load_request.hpp"

namespace backtest {

LoadedData load_run(const Spec& spec, const LoadOptions& options) {
  LoadRequest request = load_request(spec);
  request.sources = local_sources(options.open_file);
  LoadedData loaded =
      options.panel_cache ? load_market_data_cached(request, *options.panel_cache) : load_market_data(request);
  check_symbols(spec, loaded.market.prices);
  return loaded;
}

}  // namespace backtest
