// One strategy from market to wanted weights: the signal and target stages in order, with the state that they carry
// from bar to bar. Constraints, orders and the book are the caller's (simulate.cpp, sleeve.cpp).
#pragma once

#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "engine/market/market_view.hpp"
#include "engine/model/policy.hpp"
#include "engine/model/portfolio_view.hpp"
#include "engine/model/simulation_result.hpp"

namespace backtest {

class Strategy {
 public:
  // `stop_loss` is constraints.stop_loss, an exit rule for every position (W-11). `prices`, `signals` give names and
  // shapes only; values are read through the views. `targets` is the table of a TargetWeightsPolicy, else null.
  // References must outlive the strategy.
  Strategy(const std::variant<PipelinePolicy, TargetWeightsPolicy>& policy, const SizerPolicy& sizer,
           std::optional<double> stop_loss, const Panel& prices, const SignalPanel* signals,
           const TargetTable* targets);
  ~Strategy();
  Strategy(Strategy&&) noexcept;

  // Called once per bar, in order (warm-up bars excluded: lookbacks read them through the view).
  // nullopt = trade nothing. Debug rows are appended to *debug with this leg number where the policy asks for them.
  std::optional<Proposal> decide(const MarketView& market, const PortfolioView& portfolio, std::int32_t leg,
                                 std::vector<DebugRow>* debug);

  // Adds what it counted, under this leg number (-1: no leg).
  void add_counts(std::int32_t leg, SimulationResult& result) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace backtest
