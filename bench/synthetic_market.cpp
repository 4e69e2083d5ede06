#include "synthetic_market.hpp"

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <numbers>

#include "base/real_math.hpp"

namespace backtest::bench {

namespace {

// splitmix64 of a counter: the value of cell n needs no state of cell n - 1.
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

double uniform(std::uint64_t seed, std::uint64_t counter) {
  return (static_cast<double>(mixed(seed * 0x2545F4914F6CDD1DULL + counter) >> 11) + 0.5) * 0x1p-53;
}

// Irwin-Hall with four terms: near enough to normal for prices, and without transcendental functions.
double standard_normal(std::uint64_t seed, std::uint64_t counter) {
  double sum = -2.0;
  for (std::uint64_t i = 0; i < 4; ++i) sum += uniform(seed, counter * 4 + i);
  return sum * std::numbers::sqrt3;
}

struct Arrays {
  std::vector<double> open, high, low, close, volume;
  std::vector<std::uint8_t> has_row;
};

std::vector<Date> dates_of(const MarketShape& shape) {
  std::vector<Date> dates;
  for (Date day = make_date(2010, 1, 1); dates.size() < shape.bars; ++day.days) {
    if (!shape.weekdays || calendar_fields(day).weekday <= 5) dates.push_back(day);
  }
  return dates;
}

void fill_instrument(const MarketShape& shape, std::size_t instrument, Arrays& arrays) {
  const std::uint64_t seed = shape.seed + 1000 * (instrument + 1);
  double price = 20.0 + 200.0 * uniform(seed, 1);
  double end = static_cast<double>(shape.bars);
  if (shape.delisting_per_year > 0.0) {
    end = std::min(end, 30.0 - 252.0 * real_log(uniform(seed, 2)) / shape.delisting_per_year);
  }
  for (std::size_t bar = 0; bar < shape.bars; ++bar) {
    const std::size_t cell = bar * shape.instruments + instrument;
    const double open = price * (1.0 + 0.2 * shape.daily_volatility * standard_normal(seed, 4 * bar + 10));
    price *= 1.0 + shape.daily_drift + shape.daily_volatility * standard_normal(seed, 4 * bar + 11);
    price = std::max(price, 0.01);
    const bool present = static_cast<double>(bar) < end && uniform(seed, 4 * bar + 12) >= shape.missing_share;
    arrays.has_row[cell] = present ? 1 : 0;
    arrays.close[cell] = present ? price : missing;
    if (shape.close_only) continue;
    arrays.open[cell] = present ? open : missing;
    arrays.high[cell] = present ? std::max(open, price) * 1.002 : missing;
    arrays.low[cell] = present ? std::min(open, price) * 0.998 : missing;
    arrays.volume[cell] = present ? 1e6 + 1e5 * std::floor(10.0 * uniform(seed, 4 * bar + 13)) : missing;
  }
}

}  // namespace

MarketData synthetic_market(const MarketShape& shape) {
  auto arrays = std::make_shared<Arrays>();
  const std::size_t cells = shape.bars * shape.instruments;
  arrays->close.resize(cells);
  arrays->has_row.resize(cells);
  if (!shape.close_only) {
    for (auto* field : {&arrays->open, &arrays->high, &arrays->low, &arrays->volume}) field->resize(cells);
  }
  for (std::size_t i = 0; i < shape.instruments; ++i) fill_instrument(shape, i, *arrays);
  MarketData market;
  Panel& prices = market.prices;
  prices.dates = dates_of(shape);
  for (std::size_t i = 0; i < shape.instruments; ++i) prices.instruments.push_back(fmt::format("S{:04}", i));
  prices.close = arrays->close;
  prices.has_row = arrays->has_row;
  if (!shape.close_only) {
    prices.open = arrays->open;
    prices.high = arrays->high;
    prices.low = arrays->low;
    prices.volume = arrays->volume;
  }
  prices.storage = arrays;
  return market;
}

std::vector<std::uint8_t> first_bars_of_months(const Panel& prices) {
  std::vector<std::uint8_t> first(prices.bar_count(), 0);
  int month = 0;
  for (std::size_t bar = 0; bar < prices.bar_count(); ++bar) {
    const int here = calendar_fields(prices.dates[bar]).month;
    first[bar] = here != month ? 1 : 0;
    month = here;
  }
  return first;
}

}  // namespace backtest::bench
