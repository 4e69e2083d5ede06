#include "engine/strategy.hpp"

#include <algorithm>

#include "engine/pipeline.hpp"
#include "engine/target/exit_engine.hpp"
#include "engine/target/position_state.hpp"

namespace backtest {
namespace {

// Weights decided elsewhere: the rows of a date are the whole target. The stop loss of the constraints still holds, and
// an exit beats the row of its bar (W-4).
class TargetTableFollower {
 public:
  TargetTableFollower(const TargetTable& table, std::optional<double> stop_loss, const Panel& prices)
      : table_(table), exits_(ExitPolicy{}, stop_loss, prices) {}

  std::optional<Proposal> decide(const MarketView& market, const PortfolioView& portfolio) {
    std::vector<InstrumentIndex> exited;
    if (exits_.has_rules()) {
      positions_.sync(market, portfolio);
      for (const ExitAction& action : exits_.evaluate(market, positions_.held(), false)) {
        exited.push_back(action.instrument);
      }
    }
    while (next_ < table_.decisions.size() && table_.decisions[next_].bar < market.bar()) ++next_;
    const bool scheduled = next_ < table_.decisions.size() && table_.decisions[next_].bar == market.bar();
    if (scheduled) weights_ = table_.decisions[next_].weights;
    if (!scheduled && exited.empty()) return std::nullopt;
    std::erase_if(weights_, [&](const InstrumentWeight& w) {
      return w.weight == 0.0 || std::binary_search(exited.begin(), exited.end(), w.instrument);
    });
    Proposal proposal;
    proposal.scheduled = scheduled;
    for (const InstrumentWeight& w : weights_) {
      proposal.allocations.push_back({.instrument = w.instrument, .weight = w.weight});
    }
    if (!scheduled) proposal.changed = std::move(exited);
    return proposal;
  }

 private:
  const TargetTable& table_;
  ExitEngine exits_;
  PositionStates positions_;
  std::size_t next_ = 0;
  std::vector<InstrumentWeight> weights_;  // of the last decision, without what left since
};

}  // namespace

struct Strategy::State {
  std::variant<Pipeline, TargetTableFollower> decider;
};

Strategy::Strategy(const std::variant<PipelinePolicy, TargetWeightsPolicy>& policy, const SizerPolicy& sizer,
                   std::optional<double> stop_loss, const Panel& prices, const SignalPanel* signals,
                   const TargetTable* targets) {
  if (const auto* pipeline = std::get_if<PipelinePolicy>(&policy)) {
    state_.reset(new State{Pipeline(*pipeline, sizer, stop_loss, prices, signals)});
    return;
  }
  BACKTEST_ASSERT(targets != nullptr, "external weights need their table");
  state_.reset(new State{TargetTableFollower(*targets, stop_loss, prices)});
}

Strategy::~Strategy() = default;
Strategy::Strategy(Strategy&&) noexcept = default;

std::optional<Proposal> Strategy::decide(const MarketView& market, const PortfolioView& portfolio, std::int32_t leg,
                                         std::vector<DebugRow>* debug) {
  if (auto* pipeline = std::get_if<Pipeline>(&state_->decider)) return pipeline->decide(market, portfolio, leg, debug);
  return std::get<TargetTableFollower>(state_->decider).decide(market, portfolio);
}

void Strategy::add_counts(std::int32_t leg, SimulationResult& result) const {
  if (const auto* pipeline = std::get_if<Pipeline>(&state_->decider)) pipeline->add_counts(leg, result);
}

}  // namespace backtest
