// Exit rules over held positions (CS-10, W-11, W-17). Price rules need today's close; levels count as reached within a
// relative 1e-12.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/market/market_view.hpp"
#include "engine/model/pipeline_policy.hpp"
#include "engine/target/position_state.hpp"

namespace backtest {

struct ExitAction {
  InstrumentIndex instrument = 0;
  bool exit = false;
  std::optional<double> scale;
  std::string reasons;  // joined by ';', where reasons are asked for
};

class MovingAverage;

class ExitEngine {
 public:
  // `stop_loss` is constraints.stop_loss: a rule before all others. Throws InvalidInput for a missing column.
  ExitEngine(const ExitPolicy& policy, std::optional<double> stop_loss, const Panel& prices);
  ~ExitEngine();
  ExitEngine(ExitEngine&&) noexcept;

  bool has_rules() const { return !rules_.empty(); }
  // Positions with an action, ascending by instrument; a surviving scale lowers the state's target scale for good.
  // Call it at every bar, in order.
  const std::vector<ExitAction>& evaluate(const MarketView& market, std::vector<PositionState>& held,
                                          bool with_reasons);

 private:
  struct Rule {
    ExitRule policy;
    std::unique_ptr<MovingAverage> average;  // of trailing_ma
  };
  void evaluate_position(const MarketView& market, PositionState& state, ExitAction& action, bool with_reasons);

  ExitPrecedence precedence_;
  std::vector<Rule> rules_;
  std::vector<ExitAction> actions_;
};

}  // namespace backtest
