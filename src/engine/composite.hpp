// Several strategies blended into one book (CMP-1..9, W-6, W-32).
//
// Within a bar: open_bar; execute and mark after the run's account did; decide; settle once constraints have spoken.
// Alphas are the weights of enabled legs over their sum. A bar is on schedule when any enabled leg is: then the whole
// blend trades, silent legs with their last weights. Otherwise only names that a leg changed trade, and the factor of
// the last final normalisation stays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/market/market_view.hpp"
#include "engine/model/book.hpp"
#include "engine/model/policy.hpp"
#include "engine/model/portfolio_view.hpp"
#include "engine/model/simulation_result.hpp"
#include "engine/sleeve.hpp"

namespace backtest {

class Composite {
 public:
  // The legs start with their shares of `book` (Account says what `continues` means). References but `book` must
  // outlive the composite.
  Composite(const CompositePolicy& composite, const Policy& policy, const MarketData& market, const Book& book,
            bool continues);

  void open_bar(std::size_t bar);
  void execute(std::size_t bar);
  void mark(std::size_t bar);

  // The blend (CMP-4..6); nullopt when no leg speaks.
  std::optional<Proposal> decide(const MarketView& market, std::vector<DebugRow>* debug);

  // CMP-7: what `targets`, the blend after constraints, mean for each sleeve; and the rows of the artifacts, where
  // weights that belong to no leg are those of leg number `legs.size()`, named `residual`.
  // Throws std::runtime_error where legs overlap and the policy forbids it.
  void settle(std::uint32_t bar, const Proposal& blend, const TargetWeights& targets, SimulationResult& result);

  bool waits() const;                               // an order of a leg waits for a price
  void add_counts(SimulationResult& result) const;  // what the legs' strategies count

 private:
  Proposal blend(bool scheduled);
  void check_overlap(const Proposal& blend);
  void plan_sleeves(bool scheduled, const TargetWeights& targets);
  void record(std::uint32_t bar, const Proposal& blend, const TargetWeights& targets, SimulationResult& result) const;

  const CompositePolicy& policy_;
  const Panel& prices_;
  std::vector<Sleeve> sleeves_;  // of the enabled legs, in order
  double final_factor_ = 1.0;
  std::vector<double> before_;  // scratch, one per instrument: the blend before constraints, else 0
  std::vector<double> after_;   // and after them
};

}  // namespace backtest
