#include "bare_loop.hpp"

#include <algorithm>
#include <cmath>

namespace backtest::bench {

void bare_equal_weight(const Panel& prices, const std::vector<std::uint8_t>& rebalance, double initial_cash,
                       double commission, BareResult& result) {
  const std::size_t bars = prices.bar_count();
  const std::size_t count = prices.instrument_count();
  for (auto* column : {&result.nav, &result.cash, &result.period_return, &result.drawdown}) column->resize(bars);
  result.shares.resize(bars * count);
  result.fills.clear();
  std::vector<double> shares(count, 0.0);
  double cash = initial_cash;
  double previous = initial_cash;
  double peak = initial_cash;
  for (std::size_t bar = 0; bar < bars; ++bar) {
    const double* close = prices.close.data() + bar * count;
    if (rebalance[bar] != 0) {
      double nav = cash;
      for (std::size_t i = 0; i < count; ++i) nav += shares[i] * close[i];
      const double target = nav / static_cast<double>(count);
      for (std::size_t i = 0; i < count; ++i) {
        const double quantity = (target - shares[i] * close[i]) / close[i];
        const double cost = std::fabs(quantity * close[i]) * commission;
        cash -= quantity * close[i] + cost;
        shares[i] += quantity;
        result.fills.push_back(
            {static_cast<std::uint32_t>(bar), static_cast<InstrumentIndex>(i), quantity, close[i], cost});
      }
    }
    double nav = cash;
    for (std::size_t i = 0; i < count; ++i) nav += shares[i] * close[i];
    std::copy(shares.begin(), shares.end(), result.shares.begin() + static_cast<std::ptrdiff_t>(bar * count));
    peak = std::max(peak, nav);
    result.nav[bar] = nav;
    result.cash[bar] = cash;
    result.period_return[bar] = nav / previous - 1.0;
    result.drawdown[bar] = nav / peak - 1.0;
    previous = nav;
  }
}

}  // namespace backtest::bench
