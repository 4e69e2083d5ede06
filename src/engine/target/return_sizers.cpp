// Sizers that look at past returns: Kelly (SZ-3) and the optimiser (SZ-4). Both read a candidate's signed score as its
// expected return, and keep the sign that their formula gives.
#include <algorithm>
#include <cmath>

#include "engine/model/tolerance.hpp"
#include "engine/target/covariance.hpp"
#include "engine/target/quadratic_program.hpp"
#include "engine/target/return_sample.hpp"
#include "engine/target/sizer.hpp"

namespace backtest {
namespace {

constexpr std::size_t fewest_rows = 2;  // with less there is no covariance: a recorded skip (W-34)

void collect(const WantedBook& book, std::vector<InstrumentIndex>& instruments, std::vector<double>& scores) {
  instruments.clear();
  scores.clear();
  for (const WantedPosition& wanted : book) {
    const double score = wanted.candidate.signed_score();
    if (wanted.candidate.side == Side::none || !std::isfinite(score)) continue;
    instruments.push_back(wanted.candidate.instrument);
    scores.push_back(score);
  }
}

class Kelly final : public Sizer {
 public:
  Kelly(const KellySizer& policy, const Panel& prices) : policy_(policy), sample_(prices.instrument_count()) {}

  Sizing size(const SizingInput& input, std::vector<InstrumentWeight>& weights) override {
    weights.clear();
    collect(input.book, instruments_, expected_returns_);
    if (policy_.kelly_fraction == 0.0 || instruments_.empty()) return Sizing::done;
    for (double& value : expected_returns_) value *= policy_.mu_scale;
    sample_.collect(input.market, instruments_, {.max_rows = static_cast<std::size_t>(policy_.lookback_days)});
    if (sample_.rows() < fewest_rows) return Sizing::skipped;
    const std::vector<double> covariance = covariance_of(policy_.covariance, sample_.values(), instruments_.size(), 0);
    const std::vector<double> solution = pseudo_inverse_product(covariance, expected_returns_);
    for (std::size_t k = 0; k < instruments_.size(); ++k) {
      const double weight = policy_.kelly_fraction * solution[k];
      if (std::abs(weight) >= epsilon) weights.push_back({.instrument = instruments_[k], .weight = weight});
    }
    return Sizing::done;
  }

 private:
  KellySizer policy_;
  ReturnSample sample_;
  std::vector<InstrumentIndex> instruments_;
  std::vector<double> expected_returns_;
};

class Optimization final : public Sizer {
 public:
  Optimization(const OptimizationSizer& policy, const Panel& prices)
      : policy_(policy), sample_(prices.instrument_count()) {}

  Sizing size(const SizingInput& input, std::vector<InstrumentWeight>& weights) override {
    weights.clear();
    collect(input.book, instruments_, problem_.expected_returns);
    if (instruments_.empty()) return Sizing::done;
    sample_.collect(input.market, instruments_, {.first_bar = first_bar_of(input.market)});
    if (sample_.rows() < fewest_rows) return Sizing::skipped;
    problem_.covariance = covariance_of(policy_.covariance, sample_.values(), instruments_.size(), 1);
    problem_.risk_aversion = policy_.risk_aversion;
    const auto solution = solve(problem_);
    if (!solution) return Sizing::skipped;
    constexpr double smallest = 1e-5;  // OPT-1: less is noise
    double sum = 0.0;
    for (const double weight : *solution) sum += weight < smallest ? 0.0 : weight;
    for (std::size_t k = 0; k < instruments_.size(); ++k) {
      const double weight = (*solution)[k];
      if (weight >= smallest) weights.push_back({.instrument = instruments_[k], .weight = weight / sum});
    }
    return Sizing::done;
  }

 private:
  // Closes of the last 2 x lookback_days calendar days.
  std::size_t first_bar_of(const MarketView& market) const {
    const std::int32_t earliest = market.date().days - 2 * policy_.lookback_days;
    std::size_t bar = market.bar();
    while (bar > 0 && market.date(bar - 1).days >= earliest) --bar;
    return bar;
  }

  OptimizationSizer policy_;
  ReturnSample sample_;
  std::vector<InstrumentIndex> instruments_;
  PortfolioProblem problem_;
};

}  // namespace

std::unique_ptr<Sizer> make_sizer(const KellySizer& policy, const Panel& prices) {
  return std::make_unique<Kelly>(policy, prices);
}
std::unique_ptr<Sizer> make_sizer(const OptimizationSizer& policy, const Panel& prices) {
  return std::make_unique<Optimization>(policy, prices);
}

}  // namespace backtest
