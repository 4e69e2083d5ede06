#include "engine/metric/holding_weight.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace backtest {

namespace {

std::span<const HoldingRow> holdings_at(const SimulationResult& result, std::size_t row) {
  if (result.bars[row].nav <= 0.0) return {};
  const std::size_t begin = result.holdings_begin[row];
  return std::span(result.holdings).subspan(begin, result.holdings_begin[row + 1] - begin);
}

double weight_of(const SimulationResult& result, std::size_t row, const HoldingRow& holding) {
  return std::isnan(holding.mark) ? 0.0 : holding.shares * holding.mark / result.bars[row].nav;
}

std::vector<InstrumentIndex> largest_instruments(const SimulationResult& result, std::span<const std::size_t> rows,
                                                 std::size_t most_instruments) {
  std::vector<std::pair<double, InstrumentIndex>> totals;
  for (const std::size_t row : rows) {
    for (const HoldingRow& holding : holdings_at(result, row)) {
      for (std::size_t i = totals.size(); i <= holding.instrument; ++i) {
        totals.emplace_back(0.0, static_cast<InstrumentIndex>(i));
      }
      totals[holding.instrument].first += std::abs(weight_of(result, row, holding));
    }
  }
  std::ranges::sort(totals, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  std::vector<InstrumentIndex> largest;
  for (const auto& [total, instrument] : totals) {
    if (largest.size() < most_instruments && total > 0.0) largest.push_back(instrument);
  }
  return largest;
}

}  // namespace

WeightHistory weight_history(const SimulationResult& result, std::span<const std::size_t> rows,
                             std::size_t most_instruments) {
  WeightHistory history{.instruments = largest_instruments(result, rows, most_instruments), .rows = {}};
  for (const std::size_t row : rows) {
    WeightRow& weights = history.rows.emplace_back();
    weights.named.assign(history.instruments.size(), 0.0);
    for (const HoldingRow& holding : holdings_at(result, row)) {
      const double weight = weight_of(result, row, holding);
      weights.largest = std::max(weights.largest, std::abs(weight));
      ++weights.positions;
      const auto named = std::ranges::find(history.instruments, holding.instrument);
      if (named != history.instruments.end()) {
        weights.named[static_cast<std::size_t>(named - history.instruments.begin())] = weight;
      } else {
        (weight < 0.0 ? weights.other_short : weights.other_long) += weight;
      }
    }
  }
  return history;
}

}  // namespace backtest
