#include "engine/simulate.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "base/diagnostic.hpp"
#include "engine/account.hpp"
#include "engine/composite.hpp"
#include "engine/growing_result.hpp"
#include "engine/market/market_view.hpp"
#include "engine/opening_book.hpp"
#include "engine/strategy.hpp"
#include "engine/target/constraints.hpp"

namespace backtest {

namespace {

using SingleStrategy = std::variant<PipelinePolicy, TargetWeightsPolicy>;

struct BarRange {
  std::size_t first;
  std::size_t end;
};

BarRange bars_of(const MarketData& market, const SimulationOptions& options) {
  const BarRange bars{.first = options.first_bar.value_or(market.prices.first_bar),
                      .end = options.end_bar.value_or(market.prices.bar_count())};
  if (bars.first < bars.end && bars.end <= market.prices.bar_count() && (options.book == nullptr || bars.first > 0)) {
    return bars;
  }
  throw InvalidInput(Diagnostic{
      .path = "bars",
      .message = "cannot simulate bars " + std::to_string(bars.first) + " to " + std::to_string(bars.end) + " of " +
                 std::to_string(market.prices.bar_count()) + ": at least one bar, and with a book one before it"});
}

Book start_of(const Policy& policy, const MarketData& market, const SimulationOptions& options, std::size_t first_bar) {
  if (options.book == nullptr) return Book{.cash = policy.initial_cash};
  return opening_book(*options.book, market.prices, first_bar);
}

// One run: the main account, whoever decides for it, and what waits for the next execution.
class Simulation {
 public:
  Simulation(const Policy& policy, const MarketData& market, const SimulationOptions& options, BarRange bars,
             const Book& book, SimulationResult& result)
      : market_(market),
        signals_(market.signals ? &*market.signals : nullptr),
        fill_policy_(policy.broker.fill_policy),
        decides_on_last_bar_(options.decides_on_last_bar),
        result_(result),
        account_(policy.broker, policy.delist_after_bars, market.prices, book, options.book != nullptr),
        growing_(result, account_.ledger(), bars.first, bars.end - bars.first, options.book != nullptr),
        constraints_(policy.constraints),
        decider_(options.decider) {
    if (book.waiting) {
      targets_ = *book.waiting;
      pending_ = true;
    }
    if (decider_ == nullptr) make_strategy(policy, book, options.book != nullptr);
  }

  // False when the run is over.
  bool step(std::size_t bar, bool last) {
    open(bar);
    if (fill_policy_ != FillPolicy::same_close && executes()) execute(bar);
    mark(bar);
    if (account_.ledger().nav() > 0.0) {
      if (fill_policy_ == FillPolicy::same_close) {
        decide(bar);
        if (executes()) {
          execute(bar);
          mark(bar);
        }
      } else if (!last || decides_on_last_bar_) {
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

  void finish(std::size_t last_bar) {
    if (!decides_on_last_bar_ && account_.waits()) account_.give_up_waiting(last_bar, result_.rejects);
    if (strategy_) strategy_->add_counts(-1, result_);
    if (composite_) composite_->add_counts(result_);
    const PortfolioView portfolio = account_.ledger().view();
    result_.closing_book.cash = portfolio.cash;
    result_.closing_book.positions.assign(portfolio.held.begin(), portfolio.held.end());
    result_.closing_book.unfilled = account_.waiting_orders();
    result_.closing_book.waiting.reset();
    if (pending_) result_.closing_book.waiting = targets_;
  }

 private:
  void make_strategy(const Policy& policy, const Book& book, bool continues) {
    if (const auto* composite = std::get_if<CompositePolicy>(&policy.strategy)) {
      composite_.emplace(*composite, policy, market_, book, continues);
      return;
    }
    const auto* table = std::get_if<TargetWeightsPolicy>(&policy.strategy);
    single_policy_ =
        table != nullptr ? SingleStrategy(*table) : SingleStrategy(std::get<PipelinePolicy>(policy.strategy));
    strategy_.emplace(single_policy_, policy.sizer, policy.constraints.stop_loss, market_.prices, signals_,
                      table != nullptr ? &market_.targets[table->table] : nullptr);
  }

  void open(std::size_t bar) {
    account_.open_bar(bar, result_.fills);
    if (composite_) composite_->open_bar(bar);
  }

  bool executes() const { return pending_ || account_.waits() || (composite_ && composite_->waits()); }

  void execute(std::size_t bar) {
    account_.execute(bar, pending_ ? &targets_ : nullptr, result_.fills, result_.rejects);
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
    const std::optional<Proposal> proposal = propose(view, portfolio);
    if (!proposal) return;
    constraints_.apply(*proposal, portfolio, static_cast<std::uint32_t>(bar), result_.hits, targets_);
    if (composite_) composite_->settle(static_cast<std::uint32_t>(bar), *proposal, targets_, result_);
    pending_ = true;
  }

  std::optional<Proposal> propose(const MarketView& view, const PortfolioView& portfolio) {
    if (strategy_) return strategy_->decide(view, portfolio, -1, &result_.debug);
    if (composite_) return composite_->decide(view, &result_.debug);
    std::optional<Proposal> proposal = decider_->decide(view, portfolio);
    if (proposal) check_proposal(*proposal, market_.prices.instrument_count());
    return proposal;
  }

  const MarketData& market_;
  const SignalPanel* signals_;
  FillPolicy fill_policy_;
  bool decides_on_last_bar_;
  SimulationResult& result_;
  Account account_;
  GrowingResult growing_;
  Constraints constraints_;
  SingleStrategy single_policy_;
  std::optional<Strategy> strategy_;
  std::optional<Composite> composite_;
  Decider* decider_;  // the caller's, in place of both
  TargetWeights targets_;
  bool pending_ = false;
};

}  // namespace

void simulate(const Policy& policy, const MarketData& market, const SimulationOptions& options,
              SimulationResult& result) {
  const BarRange bars = bars_of(market, options);
  const Book book = start_of(policy, market, options, bars.first);
  Simulation simulation(policy, market, options, bars, book, result);
  for (std::size_t bar = bars.first; bar < bars.end; ++bar) {
    const bool goes_on = simulation.step(bar, bar + 1 == bars.end);
    if (options.listener != nullptr && options.listener->stop_after(bar - bars.first + 1, bars.end - bars.first,
                                                                    market.prices.dates[bar], result.bars.back().nav)) {
      result.stopped = true;
      break;
    }
    if (!goes_on) break;
  }
  simulation.finish(bars.first + result.bars.size() - 1);
}

}  // namespace backtest
