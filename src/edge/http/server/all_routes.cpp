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
      Route{"GET", "/whoami", known, immediate, get_whoami},
      Route{"GET", "/audit", admin, pooled, list_audit},
      Route{"GET", "/metrics", read, scrape, get_metrics},
      Route{"GET", "/datasets", read, pooled, list_datasets},
      Route{"PUT", "/datasets/{dataset}", write, uploading, put_dataset, true, receive_dataset},
      Route{"GET", "/datasets/{dataset}", read, pooled, get_dataset},
      Route{"DELETE", "/datasets/{dataset}", write, committing, remove_dataset},
      Route{"GET", "/datasets/{dataset}/preview", read, pooled, preview_dataset},
      Route{"GET", "/openapi.json", read, pooled, get_openapi},
      Route{"POST", "/backtests", write, committing, submit_run},
      Route{"GET", "/backtests", read, joined, list_runs},
      Route{"POST", "/backtests/validate", read, pooled, validate_config},
      Route{"GET", "/backtests/compare", read, pooled, compare_runs},
      Route{"GET", "/backtests/{run_id}", read, joined, get_run},
      Route{"PATCH", "/backtests/{run_id}", write, committing, edit_run},
      Route{"DELETE", "/backtests/{run_id}", write, committing, remove_run},
      Route{"GET", "/backtests/{run_id}/status", read, joined, get_status},
      Route{"GET", "/backtests/{run_id}/config", read, pooled, get_config},
      Route{"POST", "/backtests/{run_id}/cancel", write, committing, cancel_run},
      Route{"GET", "/backtests/{run_id}/events", read, pooled, get_events},
      Route{"GET", "/backtests/{run_id}/summary", read, pooled, get_summary},
      Route{"GET", "/backtests/{run_id}/metrics/timeseries", read, pooled, get_timeseries},
      Route{"GET", "/backtests/{run_id}/metrics/rolling", read, pooled, get_rolling},
      Route{"GET", "/backtests/{run_id}/weights", read, pooled, get_weights},
      Route{"GET", "/backtests/{run_id}/trades", read, pooled, get_trades},
      Route{"GET", "/backtests/{run_id}/artifacts", read, pooled, list_artifacts},
      Route{"GET", "/backtests/{run_id}/artifacts/{name*}", read, pooled, get_artifact},
      Route{"POST", "/backtests/{run_id}/tearsheet", read, pooled, make_tearsheet_link},
      Route{"GET", "/backtests/{run_id}/tearsheet", open, pooled, get_tearsheet},
  };
  return routes;
}

}  // namespace backtest
