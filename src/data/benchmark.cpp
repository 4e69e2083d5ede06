#include "data/benchmark.hpp"

#include <algorithm>
#include <cmath>

namespace backtest {

std::vector<double> benchmark_series(const PanelShape& shape, const Universe& universe,
                                     std::span<const TableField> fields) {
  const auto values_of = [&](const char* name) -> std::span<const double> {
    const auto found = std::ranges::find_if(fields, [&](const TableField& field) { return field.name() == name; });
    return found == fields.end() ? std::span<const double>{} : found->values;
  };
  const std::span<const double> close = values_of("close");
  const std::span<const double> split = values_of("split");
  const std::span<const double> dividend = values_of("dividend");
  std::vector<double> series(shape.dates.size());
  double shares = 1.0;
  double last_close = missing;
  for (std::size_t bar = 0; bar < series.size(); ++bar) {
    const Cell cell = shape.cell(bar, universe.benchmark_place);
    if (!split.empty() && !std::isnan(split[cell])) shares *= split[cell];
    if (!std::isnan(close[cell])) last_close = close[cell];
    if (!dividend.empty() && dividend[cell] > 0.0 && last_close > 0.0) shares *= 1.0 + dividend[cell] / last_close;
    series[bar] = close[cell] * shares;
  }
  return series;
}

}  // namespace backtest
