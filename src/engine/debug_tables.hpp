// The tables of one decision for strategy_debug/ (CS-12). An empty table leaves a marker, so that its file is written.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/model/score.hpp"
#include "engine/model/simulation_result.hpp"
#include "engine/target/exit_engine.hpp"
#include "engine/target/holding_rule.hpp"

namespace backtest {

class DebugTables {
 public:
  DebugTables(std::uint32_t bar, std::int32_t leg, std::vector<DebugRow>& rows) : bar_(bar), leg_(leg), rows_(rows) {}

  void add_universe(const std::vector<InstrumentIndex>& eligible);
  void add_raw_scores(const Scores& raw);
  void add_selected(const Candidates& selected);
  void add_book(DebugTable table, const WantedBook& book);  // held or scores: the signed score
  void add_scales(const WantedBook& book);                  // those that differ from 1
  void add_exits(const std::vector<ExitAction>& actions);

 private:
  void add(DebugTable table, InstrumentIndex instrument, double value);
  void mark_if_empty(DebugTable table, bool empty);

  std::uint32_t bar_;
  std::int32_t leg_;
  std::vector<DebugRow>& rows_;
};

}  // namespace backtest
