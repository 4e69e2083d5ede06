// The weights and scales that a strategy last proposed, by instrument: which the next one is compared with.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/model/portfolio_view.hpp"
#include "engine/target/holding_rule.hpp"

namespace backtest {

class ProposedWeights {
 public:
  explicit ProposedWeights(std::size_t instruments) : weight_(instruments, 0.0), scale_(instruments, 1.0) {}

  double weight(InstrumentIndex i) const { return weight_[i]; }  // of the last rebalance; 0 = none, or let go of since
  double scale(InstrumentIndex i) const { return scale_[i]; }

  // A rebalance: these weights, with the scales of the book that they were made for.
  void replace(std::span<const InstrumentWeight> weights, const WantedBook& book);
  // Off schedule: a changed name that left the book has no weight any more, one that is rescaled keeps it.
  void release(std::span<const InstrumentIndex> changed, const WantedBook& book);

  // `changed` is what a proposal off schedule trades.
  Proposal proposal(bool scheduled, const std::vector<InstrumentIndex>& changed) const;

 private:
  std::vector<double> weight_;
  std::vector<double> scale_;
  std::size_t count_ = 0;  // of weights of the last rebalance
};

}  // namespace backtest
