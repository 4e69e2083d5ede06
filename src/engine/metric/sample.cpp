#include "engine/metric/sample.hpp"

#include <algorithm>
#include <cmath>

#include "base/real_math.hpp"
#include "engine/model/tolerance.hpp"

namespace backtest {

Moments moments_of(std::span<const double> sample, int ddof) {
  Moments moments;
  if (sample.empty()) return moments;
  const auto count = static_cast<double>(sample.size());
  double sum = 0.0;
  double largest = 1.0;
  bool constant = true;
  for (const double value : sample) {
    sum += value;
    largest = std::max(largest, std::abs(value));
    constant &= value == sample.front();
  }
  moments.mean = sum / count;
  if (constant || sample.size() <= static_cast<std::size_t>(ddof)) return moments;
  double squares = 0.0;
  for (const double value : sample) squares += (moments.mean - value) * (moments.mean - value);
  moments.deviation = std::sqrt(squares / (count - ddof));
  if (is_rounding(moments.deviation, largest)) moments.deviation = 0.0;
  return moments;
}

namespace {

std::vector<double> sample_of(const SimulationResult& result, const Convention& convention,
                              std::span<const double> risk_free) {
  std::vector<double> sample;
  sample.reserve(result.bars.size());
  const bool takes_first = result.bars.size() == 1 || convention.first_bar_trades;
  for (std::size_t k = takes_first ? 0 : 1; k < result.bars.size(); ++k) {
    const double period_return = result.bars[k].period_return;
    sample.push_back(risk_free.empty() ? period_return : period_return - risk_free[k]);
  }
  return sample;
}

}  // namespace

std::vector<double> return_sample(const SimulationResult& result, const Convention& convention) {
  return sample_of(result, convention, {});
}

std::vector<double> excess_sample(const SimulationResult& result, const Convention& convention) {
  return sample_of(result, convention, convention.risk_free);
}

OptionalNumber annualized_return(double total_return, std::size_t periods, const Convention& convention) {
  if (periods == 0) return 0.0;
  if (total_return < -1.0) return std::nullopt;
  return finite(real_pow(1.0 + total_return, convention.bars_per_year / static_cast<double>(periods)) - 1.0);
}

double annualized(double deviation, const Convention& convention) {
  return deviation * std::sqrt(convention.bars_per_year);
}

OptionalNumber sharpe_ratio(const Moments& moments, const Convention& convention) {
  if (!moments.varies()) return std::nullopt;
  return finite(moments.mean / moments.deviation * std::sqrt(convention.bars_per_year));
}

OptionalNumber sortino_ratio(std::span<const double> excess, const Convention& convention) {
  double sum = 0.0;
  double squares = 0.0;
  double largest = 1.0;
  for (const double value : excess) {
    sum += value;
    squares += std::min(value, 0.0) * std::min(value, 0.0);
    largest = std::max(largest, std::abs(value));
  }
  const auto count = static_cast<double>(excess.size());
  const double deviation = std::sqrt(squares / count);
  if (is_rounding(deviation, largest)) return std::nullopt;
  return finite(sum / count / deviation * std::sqrt(convention.bars_per_year));
}

double quantile(std::span<const double> sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  if (below + 1 >= sorted.size()) return sorted.back();
  return sorted[below] + (sorted[below + 1] - sorted[below]) * (place - static_cast<double>(below));
}

OptionalNumber finite(double value) {
  return std::isfinite(value) ? OptionalNumber(value) : std::nullopt;
}

}  // namespace backtest
