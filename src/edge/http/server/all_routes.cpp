#include <array>

#include "edge/http/resource/resources.hpp"
#include "edge/http/server/route.hpp"

namespace backtest {

std::span<const Route> all_routes() {
  using enum Access;
  using enum Execution;
  static constexpr std::array routes = {
      Route{"GET", "/healthz", open, immediate, get_healthz},
      Route{"GET", "/readyz", open, immediate, get_readyz},
      Route{"GET", "/config.js", open, immediate, get_client_config},
      Route{"GET", "/metrics", read, scrape, get_metrics},
      Route{"GET", "/openapi.json", read, pooled, get_openapi},
      Route{"POST", "/backtests", write, committing, submit_run},
      Route{"GET", "/backtests", read, pooled, list_runs},
      Route{"POST", "/backtests/validate", read, pooled, validate_config},
      Route{"GET", "/backtests/compare", read, pooled, compare_runs},
      Route{"GET", "/backtests/{run_id}", read, pooled, get_run},
      Route{"DELETE", "/backtests/{run_id}", write, committing, remove_run},
      Route{"GET", "/backtests/{run_id}/status", read, pooled, get_status},
      Route{"GET", "/backtests/{run_id}/config", read, pooled, get_config},
      Route{"POST", "/backtests/{run_id}/cancel", write, committing, cancel_run},
      Route{"GET", "/backtests/{run_id}/events", read, pooled, get_events},
      Route{"GET", "/backtests/{run_id}/summary", read, pooled, get_summary},
      Route{"GET", "/backtests/{run_id}/metrics/timeseries", read, pooled, get_timeseries},
      Route{"GET", "/backtests/{run_id}/metrics/rolling", read, pooled, get_rolling},
      Route{"GET", "/backtests/{run_id}/trades", read, pooled, get_trades},
      Route{"GET", "/backtests/{run_id}/artifacts", read, pooled, list_artifacts},
      Route{"GET", "/backtests/{run_id}/artifacts/{name*}", read, pooled, get_artifact},
  };
  return routes;
}

}  // namespace backtest
