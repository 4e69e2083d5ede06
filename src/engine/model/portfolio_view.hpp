// What a decision at the close of bar t may know of the book.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/model/panel.hpp"

namespace backtest {

struct HeldPosition {
  InstrumentIndex instrument = 0;
  double shares = 0.0;                   // signed, never 0
  double mark = missing;                 // price that NAV uses at this close
  double average_entry_price = missing;  // BRK-13, divided by splits since
  std::size_t entry_bar = 0;
  bool entered_at_open = true;         // the fill was at the entry bar's open (W-30)
  bool stale = false;                  // `mark` is an earlier bar's close, or the entry price (W-1)
  std::uint32_t bars_without_row = 0;  // consecutive, up to this close (W-2)
};

struct PortfolioView {
  double cash = 0.0;
  double nav = 0.0;
  std::span<const HeldPosition> held = {};  // ascending by instrument
};

// A strategy's wanted book before constraints. weight * scale is the fraction of NAV; what scale frees stays in cash.
struct Allocation {
  InstrumentIndex instrument = 0;
  double weight = 0.0;  // signed
  double scale = 1.0;   // [0, 1]; at 0 the weight still counts where a leg is normalised
};

struct Proposal {
  bool scheduled = true;                     // a rebalance: instruments without an allocation go to zero
  std::vector<Allocation> allocations = {};  // the whole book, ascending by instrument
  std::vector<InstrumentIndex> changed =
      {};  // off schedule: entered, exited or rescaled, the only ones to trade; ascending
};

// Weights that orders are made from, after constraints. Ascending by instrument; weight 0 closes.
struct TargetWeights {
  bool whole_book = true;  // instruments that are not listed: true = go to zero, false = keep their shares
  std::vector<InstrumentWeight> weights = {};
  std::vector<InstrumentIndex> kept = {};  // keep their shares, whatever stands above; ascending
};

}  // namespace backtest
