// What simulate() leaves behind: the ledger's record, bar by bar, and nothing derived that a metric can compute.
// Bars are indexes into Panel::dates; row k of `bars` is bar first_bar + k.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/model/book.hpp"
#include "engine/model/fill.hpp"
#include "engine/model/panel.hpp"
#include "engine/model/sizer_cut.hpp"

namespace backtest {

struct BarRow {  // ART-5, ENG-4..7
  double nav = 0.0;
  double cash = 0.0;
  double period_return = 0.0;  // against the previous bar's NAV
  double cumulative_return = 0.0;
  double drawdown = 0.0;  // <= 0
  double gross_exposure = 0.0;
  double net_exposure = 0.0;
  double turnover = 0.0;  // two-sided, over the previous NAV
  double commission = 0.0;
  double slippage_cost = 0.0;
  double dividends = 0.0;  // received less paid
  double financing = 0.0;  // earned less paid
  std::uint32_t fill_count = 0;
};

struct HoldingRow {
  InstrumentIndex instrument = 0;
  bool stale = false;  // marked at an earlier close
  double shares = 0.0;
  double mark = missing;
};

enum class Constraint : std::uint8_t {
  shorts_disallowed,
  position_cap,
  max_leverage,
  net_exposure_min,
  net_exposure_min_unachievable,
  net_exposure_max,
  net_exposure_max_unachievable,
  max_net_exposure,
  min_weight_change,
  max_turnover,
  residual,  // a limit that the final weights cannot meet; details name it
};

struct ConstraintHit {  // CON
  std::uint32_t bar = 0;
  Constraint constraint = Constraint::position_cap;
  Constraint residual_of = Constraint::position_cap;  // for residual
  bool has_instrument = false;
  InstrumentIndex instrument = 0;
  double before = missing;  // NaN = null
  double after = missing;
  struct Detail {
    const char* name;
    double value;
  };
  std::vector<Detail> details;
};

// One row of legs/<name>/weights.csv or, with leg = blend_*, of the blend files (ART-11).
struct LegWeightRow {
  std::uint32_t bar = 0;
  std::uint32_t leg = 0;
  InstrumentIndex instrument = 0;
  double alpha = 0.0;
  double weight = 0.0;
};
struct BlendWeightRow {
  std::uint32_t bar = 0;
  InstrumentIndex instrument = 0;
  double weight = 0.0;
};

// One file of strategy_debug/ (CS-12): rows of (instrument, value), or an exit with its reasons.
enum class DebugTable : std::uint8_t { universe, raw_scores, selected, held, scores, scales, exits };
struct DebugRow {
  std::uint32_t bar = 0;
  std::int32_t leg = -1;  // -1 = the top-level strategy
  DebugTable table = DebugTable::universe;
  bool marker = false;  // an empty table that still gets its file
  InstrumentIndex instrument = 0;
  double value = missing;
  bool exit = false;
  std::string reasons;  // joined by ';'
};

// How often a long_short_topn selection found fewer than half of the names that it wanted on a side.
struct ThinSelection {
  std::int32_t leg = -1;
  std::uint64_t rebalances = 0;
  std::uint64_t thin = 0;
};

struct SimulationResult {
  std::size_t first_bar = 0;
  double opening_nav = 0.0;                     // initial cash, or the value of the book that the run started from
  std::vector<HeldPosition> opening_positions;  // of that book
  Book closing_book;                            // at the close of the last bar

  std::vector<BarRow> bars;
  std::vector<Fill> fills;  // by bar, then instrument (ART-4); booked delistings first, ruin last
  std::vector<Reject> rejects;
  std::vector<ConstraintHit> hits;

  std::vector<HoldingRow> holdings;         // held positions at each close, ascending by instrument within a bar
  std::vector<std::size_t> holdings_begin;  // bars.size() + 1 offsets into holdings

  std::vector<LegWeightRow> leg_weights;
  std::vector<BlendWeightRow> blend_pre_constraints;
  std::vector<BlendWeightRow> blend_post_constraints;
  std::vector<DebugRow> debug;

  std::vector<ThinSelection> thin_selections;  // of strategies with such a selection
  std::vector<SizerCut> sizer_cuts;            // one of each limit that left out a name
  std::uint64_t optimizer_skips = 0;           // too few complete return rows, or no solution
  double largest_conservation_residual = 0.0;  // relative, see ARCHITECTURE.md
  bool ruined = false;
  bool stopped = false;  // the caller asked to stop; the record ends early and must not be published
};

}  // namespace backtest
