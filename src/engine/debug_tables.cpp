#include "engine/debug_tables.hpp"

#include <cmath>

#include "engine/model/tolerance.hpp"

namespace backtest {

void DebugTables::add(DebugTable table, InstrumentIndex instrument, double value) {
  DebugRow row;
  row.bar = bar_;
  row.leg = leg_;
  row.table = table;
  row.instrument = instrument;
  row.value = value;
  rows_.push_back(row);
}

void DebugTables::mark_if_empty(DebugTable table, bool empty) {
  if (!empty) return;
  add(table, 0, missing);
  rows_.back().marker = true;
}

void DebugTables::add_universe(const std::vector<InstrumentIndex>& eligible) {
  mark_if_empty(DebugTable::universe, eligible.empty());
  for (const InstrumentIndex i : eligible) add(DebugTable::universe, i, missing);
}

void DebugTables::add_raw_scores(const Scores& raw) {
  mark_if_empty(DebugTable::raw_scores, raw.empty());
  for (const Score& score : raw) add(DebugTable::raw_scores, score.instrument, score.value);
}

void DebugTables::add_selected(const Candidates& selected) {
  mark_if_empty(DebugTable::selected, selected.empty());
  for (const Candidate& c : selected) add(DebugTable::selected, c.instrument, c.signed_score());
}

void DebugTables::add_book(DebugTable table, const WantedBook& book) {
  mark_if_empty(table, book.empty());
  for (const WantedPosition& wanted : book) add(table, wanted.candidate.instrument, wanted.candidate.signed_score());
}

void DebugTables::add_scales(const WantedBook& book) {
  const std::size_t before = rows_.size();
  for (const WantedPosition& wanted : book) {
    if (std::abs(wanted.scale - 1.0) > epsilon) add(DebugTable::scales, wanted.candidate.instrument, wanted.scale);
  }
  mark_if_empty(DebugTable::scales, rows_.size() == before);
}

void DebugTables::add_exits(const std::vector<ExitAction>& actions) {
  mark_if_empty(DebugTable::exits, actions.empty());
  for (const ExitAction& action : actions) {
    add(DebugTable::exits, action.instrument, action.scale.value_or(missing));
    rows_.back().exit = action.exit;
    rows_.back().reasons = action.reasons;
  }
}

}  // namespace backtest
