#include "engine/simulate.hpp"

#include <algorithm>
#include <optional>

#include "engine/account.hpp"
#include "engine/composite.hpp"
#include "engine/growing_result.hpp"
#include "engine/market/market_view.hpp"
#include "engine/strategy.hpp"
#include "engine/target/constraints.hpp"

namespace backtest {

namespace {

using SingleStrategy = std::variant<PipelinePolicy, TargetWeightsPolicy>;

// One run: the main account, whoever decides for it, and what waits for the next execution.
class Simulation {
 public:
  Simulation(const Policy& policy, const MarketData& market, SimulationResult& result)
      : market_(market),
        signals_(market.signals ? &*market.signals : nullptr),
        fill_policy_(policy.broker.fill_policy),
        result_(result),
        growing_(result, policy.initial_cash, market.prices),
        account_(policy.broker, policy.delist_after_bars, market.prices, policy.initial_cash),
        constraints_(policy.constraints) {
    if (const auto* composite = std::get_if<CompositePolicy>(&policy.strategy)) {
      composite_.emplace(*composite, policy, market);
      return;
    }
    const auto* table = std::get_if<TargetWeightsPolicy>(&policy.strategy);
    single_policy_ =
        table != nullptr ? SingleStrategy(*table) : SingleStrategy(std::get<PipelinePolicy>(policy.strategy));
    strategy_.emplace(single_policy_, policy.sizer, policy.constraints.stop_loss, market.prices, signals_,
                      table != nullptr ? &market.targets[table->table] : nullptr);
  }

  // False when the run is over.
  bool step(std::size_t bar, bool last) {
    open(bar);
    if (pending_) execute(bar);
    mark(bar);
    if (account_.ledger().nav() > 0.0) {
      if (fill_policy_ == FillPolicy::same_close) {
        decide(bar);
        if (pending_) {
          execute(bar);
          mark(bar);
        }
      } else if (!last) {
        decide(bar);
      }
    }
    const bool ruined = account_.ledger().nav() <= 0.0;
    if (ruined) {
      account_.close_ruined(bar, result_.fills);
      result_.ruined = true;
    }
    growing_.close_bar(account_.ledger());
    return !ruined;
  }

  void finish() {
    if (strategy_) result_.optimizer_skips = strategy_->optimizer_skips();
    if (composite_) result_.optimizer_skips = composite_->optimizer_skips();
  }

 private:
  void open(std::size_t bar) {
    account_.open_bar(bar, result_.fills);
    if (composite_) composite_->open_bar(bar);
  }

  void execute(std::size_t bar) {
    account_.execute(bar, targets_, result_.fills, result_.rejects);
    if (composite_) composite_->execute(bar);  // CMP-8: after the main fill, on the same bar
    pending_ = false;                          // ENG-13b: a target lives for one bar
  }

  void mark(std::size_t bar) {
    account_.mark(bar);
    if (composite_) composite_->mark(bar);
  }

  void decide(std::size_t bar) {
    const MarketView view(market_.prices, signals_, bar);
    const PortfolioView portfolio = account_.ledger().view();
    const std::optional<Proposal> proposal =
        composite_ ? composite_->decide(view, &result_.debug) : strategy_->decide(view, portfolio, -1, &result_.debug);
    if (!proposal) return;
    constraints_.apply(*proposal, portfolio, static_cast<std::uint32_t>(bar), result_.hits, targets_);
    if (composite_) composite_->settle(static_cast<std::uint32_t>(bar), *proposal, targets_, result_);
    pending_ = true;
  }

  const MarketData& market_;
  const SignalPanel* signals_;
  FillPolicy fill_policy_;
  SimulationResult& result_;
  GrowingResult growing_;
  Account account_;
  Constraints constraints_;
  SingleStrategy single_policy_;
  std::optional<Strategy> strategy_;
  std::optional<Composite> composite_;
  TargetWeights targets_;
  bool pending_ = false;
};

}  // namespace

void simulate(const Policy& policy, const MarketData& market, SimulationListener* listener, SimulationResult& result) {
  Simulation simulation(policy, market, result);
  const std::size_t first = market.prices.first_bar;
  const std::size_t end = market.prices.bar_count();
  for (std::size_t bar = first; bar < end; ++bar) {
    const bool goes_on = simulation.step(bar, bar + 1 == end);
    if (listener != nullptr && listener->stop_after(bar - first + 1, end - first, market.prices.dates[bar])) {
      result.stopped = true;
      break;
    }
    if (!goes_on) break;
  }
  simulation.finish();
}

}  // namespace backtest
