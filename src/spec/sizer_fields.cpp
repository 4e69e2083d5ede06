#include "spec/sizer_fields.hpp"

#include <cmath>

namespace backtest {

namespace {

constexpr Choice<Covariance> covariances[] = {{"sample", Covariance::sample}, {"ledoit_wolf", Covariance::ledoit_wolf}};

void decode(Fields& f, EqualWeightSizerPolicy& s, const UniverseSymbols&) {
  f.integer("max_positions", s.max_positions, at_least(0), "the best by score; 0: none");
}

void decode(Fields& f, LongShortScoreSizerPolicy& s, const UniverseSymbols&) {
  static constexpr Choice<WeightMode> modes[] = {{"equal", WeightMode::equal}, {"score", WeightMode::score}};
  f.integer("max_longs", s.max_longs, at_least(0), "longs");
  f.integer("max_shorts", s.max_shorts, at_least(0), "shorts");
  f.number("gross_target", s.gross_target, above(0.0), "sum of absolute weights");
  f.number("net_target", s.net_target, {}, "sum of weights; within gross_target");
  f.choice("weight_mode", s.weight_mode, modes, "equal, or by score to a power", true);
  f.flag("sticky_holdings", s.sticky_holdings, "held names are kept before better ones");
  f.number("score_power", s.score_power, above(0.0), "power of the score");
  f.number("min_abs_score", s.min_abs_score, at_least(0.0), "lowest magnitude");
  if (!f.describing() && std::fabs(s.net_target) > s.gross_target) {
    f.error("net_target", "must not be larger than gross_target in magnitude");
  }
}

void decode(Fields& f, KellySizerPolicy& s, const UniverseSymbols&) {
  f.required_number("mu_scale", s.mu_scale, {},
                    "expected return of a day per unit of score, on the side that the selection gave");
  f.number(
      "kelly_fraction", s.kelly_fraction, between(0.0, 1.0),
      "fraction of the full bet, mu_scale x covariance^-1 x scores; the weights are not normalised, limits cut them");
  f.integer("lookback_days", s.lookback_days, between(2, 100'000), "returns in the covariance");
  f.choice("covariance", s.covariance, covariances, "estimator");
}

void decode(Fields& f, OptimizationSizerPolicy& s, const UniverseSymbols&) {
  f.number("risk_aversion", s.risk_aversion, at_least(0.0),
           "A in: maximise scores x weights - A x variance of a day's returns; a score, with its sign, is the expected "
           "return of a day, so scores in other units want an A in proportion");
  f.integer("lookback_days", s.lookback_days, between(1, 100'000), "half of the calendar days of returns");
  f.choice("covariance", s.covariance, covariances, "estimator");
}

void decode(Fields& f, FixedWeightSizerPolicy& s, const UniverseSymbols& universe) {
  f.number_map("weights", s.weights, between(-100.0, 100.0), "symbol: fraction of NAV");
  for (const auto& [symbol, weight] : s.weights) universe.require(f, "weights", symbol);
}

template <typename Sizer>
Fields::Alternative named(std::string_view name, std::string_view description, SizerPolicy& sizer,
                          const UniverseSymbols& universe) {
  return {name, description, [&sizer, &universe](Fields& fields) {
            Sizer made;
            decode(fields, made, universe);
            if (!fields.describing()) sizer = std::move(made);
          }};
}

}  // namespace

std::string decode_sizer(Fields& fields, SizerPolicy& sizer, const UniverseSymbols& universe) {
  return fields.component(
      "EqualWeightSizer", "how scores become weights",
      {named<EqualWeightSizerPolicy>("EqualWeightSizer", "the same weight for each", sizer, universe),
       named<LongShortScoreSizerPolicy>("LongShortScoreSizer", "a long and a short budget, equal or by score", sizer,
                                        universe),
       named<KellySizerPolicy>("KellySizer", "expected return over covariance", sizer, universe),
       named<OptimizationSizerPolicy>("OptimizationSizer", "mean and variance, long only, fully invested", sizer,
                                      universe),
       named<FixedWeightSizerPolicy>("FixedWeightSizer", "the weights that the config gives", sizer, universe)});
}

}  // namespace backtest
