// The result of a run as it grows bar by bar (ENG-5..8). Buffers keep their capacity from run to run.
#pragma once

#include <cstddef>
#include <span>

#include "engine/ledger/ledger.hpp"
#include "engine/model/simulation_result.hpp"

namespace backtest {

class GrowingResult {
 public:
  // Clears `result`. `opening` is the ledger before the first bar; where it `continues` an earlier book, the first bar
  // has a return. References must outlive it.
  GrowingResult(SimulationResult& result, const Ledger& opening, std::size_t first_bar, std::size_t bars,
                bool continues);

  // After the last mark of a bar.
  void close_bar(const Ledger& ledger);

 private:
  void sort_fills();
  void copy_holdings(std::span<const HeldPosition> held);

  SimulationResult& result_;
  double opening_nav_;
  double peak_nav_;
  std::size_t bars_total_;
  bool has_previous_nav_;
  std::size_t fills_sorted_ = 0;
};

}  // namespace backtest
