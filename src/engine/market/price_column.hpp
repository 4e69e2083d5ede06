// A column of the price table that a rule names: one of the five price fields, or a further column. Names are matched
// as DATA-7 says: the exact name, else without case.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "engine/market/market_view.hpp"
#include "engine/model/panel.hpp"

namespace backtest {

class PriceColumn {
 public:
  // Throws InvalidInput when the table has no such column.
  static PriceColumn require(const Panel& prices, std::string_view name);
  static std::optional<PriceColumn> find(const Panel& prices, std::string_view name);

  double value(const MarketView& market, std::size_t bar, InstrumentIndex i) const;
  std::span<const double> row(const MarketView& market, std::size_t bar) const;
  // Prices are divided by later splits; volumes and further columns are as the table has them.
  bool is_price() const { return kind_ < Kind::volume; }

 private:
  enum class Kind { open, high, low, close, volume, extra };
  explicit PriceColumn(Kind kind, std::size_t extra = 0) : kind_(kind), extra_(extra) {}

  Kind kind_;
  std::size_t extra_;
};

}  // namespace backtest
