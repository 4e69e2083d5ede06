// The first of a run's three steps: the market data that its spec asks for. What is loaded is only read by the steps
// that follow, so many policies, in many threads, may run over one panel; data/panel_handover.hpp hands it to another
// process, data/borrowed_market.hpp makes one of arrays that exist already.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "data/load.hpp"
#include "data/panel_cache.hpp"
#include "execute/data_access.hpp"
#include "spec/spec.hpp"

namespace backtest {

struct LoadOptions {
  std::function<int(const std::string& path)> open_file;  // data access check (SEC-4); unset = open(2)
  std::optional<PanelCachePlace> panel_cache;             // loaded panels shared between processes; unset = none
  DataAccess access;                                      // to what is no file
  // What data/panel_handover.hpp handed over, instead of loading; the descriptor stays the caller's.
  std::optional<int> handed_over;
};

// Throws InvalidInput where the data are wrong, SourceUnavailable where a source does not answer.
LoadedData load_run(const Spec& spec, const LoadOptions& options = {});

}  // namespace backtest
