// The table of signals that a scoring reads (CS-6): today's rows of eligible instruments, and columns that come from
// the run's signal table or are computed from prices. Breakdown scores are positive magnitudes (W-28).
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/market/market_view.hpp"
#include "engine/model/pipeline_policy.hpp"
#include "engine/signal/breakout_levels.hpp"

namespace backtest {

class SignalTable {
 public:
  // Throws InvalidInput for columns that the provider can neither find nor compute.
  SignalTable(const SignalProvider& provider, const Panel& prices, const SignalPanel* signals);

  class Column {
   public:
    enum class Computed { none, breakout, breakdown };

   private:
    friend class SignalTable;
    std::optional<std::size_t> table_column;
    Computed computed = Computed::none;
  };

  // A column that a scoring reads. Throws InvalidInput when the provider does not give it.
  Column require(std::string_view name);
  // As require(), but nullopt instead of the error.
  std::optional<Column> find(std::string_view name);

  void read(const MarketView& market, const std::vector<InstrumentIndex>& eligible);
  const std::vector<InstrumentIndex>& rows() const { return rows_; }  // ascending
  double value(const MarketView& market, const Column& column, InstrumentIndex i) const;

 private:
  bool offers(std::string_view name) const;
  std::optional<Column::Computed> computable(std::string_view name) const;

  SignalProvider provider_;
  const Panel& prices_;
  const SignalPanel* signals_;
  std::optional<BreakoutLevels> levels_;  // made when a column is computed
  std::vector<InstrumentIndex> rows_;
  bool table_has_rows_ = false;
};

}  // namespace backtest
