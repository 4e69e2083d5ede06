#include "engine/weight_normalization.hpp"

#include <cmath>

#include "engine/model/tolerance.hpp"

namespace backtest {

bool WeightNormalizer::counts(double weight) {
  return std::isfinite(weight) && std::abs(weight) >= epsilon;
}

void WeightNormalizer::add(double weight) {
  if (!counts(weight)) return;
  gross_ += std::abs(weight);
  net_ += weight;
}

double WeightNormalizer::factor(WeightNormalization mode, double target_gross, double target_net) const {
  switch (mode) {
    case WeightNormalization::none:
      return 1.0;
    case WeightNormalization::gross:
      return gross_ == 0.0 ? 0.0 : target_gross / gross_;
    case WeightNormalization::net:
      return std::abs(net_) <= epsilon || std::abs(target_net) <= epsilon ? 0.0 : target_net / net_;
  }
  return 1.0;
}

}  // namespace backtest
