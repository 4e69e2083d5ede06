// CMP-5: scaling a set of weights to a gross or net target.
#pragma once

#include "engine/model/policy.hpp"

namespace backtest {

// Collects weights and answers the factor that brings them to the target. Weights that are not finite or below 1e-12
// do not count.
class WeightNormalizer {
 public:
  void add(double weight);

  // 1 without normalisation; 0 where the weights cannot be scaled to the target (the set is then empty).
  double factor(WeightNormalization mode, double target_gross, double target_net) const;

  static bool counts(double weight);

 private:
  double gross_ = 0.0;
  double net_ = 0.0;
};

}  // namespace backtest
