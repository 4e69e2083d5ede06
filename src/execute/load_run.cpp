#include "execute/load_run.hpp"

#include "data/local_sources.hpp"
#include "data/panel_cache.hpp"
#include "data/panel_handover.hpp"
#include "execute/data_checks.hpp"
#include "execute/load_request.hpp"

namespace backtest {

LoadedData load_run(const Spec& spec, const LoadOptions& options) {
  const auto load = [&] {
    if (options.handed_over) return take_over(*options.handed_over);
    LoadRequest request = load_request(spec);
    request.sources = local_sources(options.open_file);
    set_table_sources(spec, options.access, request);
    if (!options.panel_cache) return load_market_data(request);
    const PanelCachePlace& cache = *options.panel_cache;
    return load_market_data_cached(request, cache.directory, cache.limit_bytes, cache.min_free_bytes);
  };
  LoadedData loaded = load();
  check_symbols(spec, loaded.market.prices);
  return loaded;
}

}  // namespace backtest
