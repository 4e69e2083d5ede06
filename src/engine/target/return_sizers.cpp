// Sizers that look at past returns: Kelly (SZ-3) and the optimiser (SZ-4). Kelly reads a candidate's strength with the
// sign of its side as its expected return, the optimiser with the sign of its score.
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

struct Estimates {
  std::vector<InstrumentIndex> instruments;
  std::vector<double> scores;
  bool nothing_wanted = true;  // then everything is sold; names that cannot be estimated are no such wish
};

// The wanted instruments that have a close to estimate from, and their expected returns.
void collect(const SizingInput& input, const ReturnWindow& window, ReturnSample& sample,
             double (Candidate::*expected_return)() const, Estimates& estimates) {
  estimates.instruments.clear();
  estimates.scores.clear();
  estimates.nothing_wanted = true;
  for (const WantedPosition& wanted : input.book) {
    const Candidate& candidate = wanted.candidate;
    const double score = (candidate.*expected_return)();
    if (candidate.side == Side::none || !std::isfinite(score)) continue;
    estimates.nothing_wanted = false;
    if (!sample.has_close(input.market, candidate.instrument, window)) continue;
    estimates.instruments.push_back(candidate.instrument);
    estimates.scores.push_back(score);
  }
  sample.collect(input.market, estimates.instruments, window);
}

class Kelly final : public Sizer {
 public:
  Kelly(const KellySizerPolicy& policy, const Panel& prices) : policy_(policy), sample_(prices.instrument_count()) {}

  Sizing size(const SizingInput& input, std::vector<InstrumentWeight>& weights) override {
    weights.clear();
    if (policy_.kelly_fraction == 0.0) return Sizing::done;
    collect(input, {.max_rows = static_cast<std::size_t>(policy_.lookback_days)}, sample_, &Candidate::signed_score,
            estimates_);
    const std::vector<InstrumentIndex>& instruments = estimates_.instruments;
    if (estimates_.nothing_wanted) return Sizing::done;
    for (double& score : estimates_.scores) score *= policy_.mu_scale;
    if (sample_.rows() < fewest_rows) return Sizing::skipped;
    const std::vector<double> covariance = covariance_of(policy_.covariance, sample_.values(), instruments.size(), 0);
    const std::vector<double> solution = pseudo_inverse_product(covariance, estimates_.scores);
    for (std::size_t k = 0; k < instruments.size(); ++k) {
      const double weight = policy_.kelly_fraction * solution[k];
      if (std::abs(weight) >= epsilon) weights.push_back({.instrument = instruments[k], .weight = weight});
    }
    return Sizing::done;
  }

 private:
  KellySizerPolicy policy_;
  ReturnSample sample_;
  Estimates estimates_;
};

class Optimization final : public Sizer {
 public:
  Optimization(const OptimizationSizerPolicy& policy, const Panel& prices)
      : policy_(policy), sample_(prices.instrument_count()) {}

  Sizing size(const SizingInput& input, std::vector<InstrumentWeight>& weights) override {
    weights.clear();
    collect(input, {.first_bar = first_bar_of(input.market)}, sample_, &Candidate::expected_return, estimates_);
    const std::vector<InstrumentIndex>& instruments = estimates_.instruments;
    if (estimates_.nothing_wanted) return Sizing::done;
    if (sample_.rows() < fewest_rows) return Sizing::skipped;
    const auto solution =
        solve({.expected_returns = estimates_.scores,
               .covariance = covariance_of(policy_.covariance, sample_.values(), instruments.size(), 1),
               .risk_aversion = policy_.risk_aversion});
    if (!solution) return Sizing::skipped;
    constexpr double smallest = 1e-5;  // OPT-1: less is noise
    double sum = 0.0;
    for (const double weight : *solution) sum += weight < smallest ? 0.0 : weight;
    for (std::size_t k = 0; k < instruments.size(); ++k) {
      const double weight = (*solution)[k];
      if (weight >= smallest) weights.push_back({.instrument = instruments[k], .weight = weight / sum});
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

  OptimizationSizerPolicy policy_;
  ReturnSample sample_;
  Estimates estimates_;
};

}  // namespace

std::unique_ptr<Sizer> make_sizer(const KellySizerPolicy& policy, const Panel& prices) {
  return std::make_unique<Kelly>(policy, prices);
}
std::unique_ptr<Sizer> make_sizer(const OptimizationSizerPolicy& policy, const Panel& prices) {
  return std::make_unique<Optimization>(policy, prices);
}

}  // namespace backtest
