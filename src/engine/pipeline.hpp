// The configured pipeline of one strategy (CS-2): universe -> scores -> selection -> holding -> exits -> scales ->
// postprocess -> weights, with the state that lives from bar to bar.
//
// Off schedule only what changed is proposed (W-6): exited, let go of by the holding policy, rescaled. Weights of the
// last rebalance stay the base of later scales; what is freed stays in cash.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "engine/model/policy.hpp"
#include "engine/model/portfolio_view.hpp"
#include "engine/model/simulation_result.hpp"
#include "engine/proposed_weights.hpp"
#include "engine/scorer.hpp"
#include "engine/target/exit_engine.hpp"
#include "engine/target/holding_rule.hpp"
#include "engine/target/postprocess.hpp"
#include "engine/target/rebalance_schedule.hpp"
#include "engine/target/reentry_block.hpp"
#include "engine/target/selector.hpp"
#include "engine/target/sizer.hpp"

namespace backtest {

class Pipeline {
 public:
  Pipeline(const PipelinePolicy& policy, const SizerPolicy& sizer, std::optional<double> stop_loss, const Panel& prices,
           const SignalPanel* signals);

  std::optional<Proposal> decide(const MarketView& market, const PortfolioView& portfolio, std::int32_t leg,
                                 std::vector<DebugRow>* debug);
  void add_counts(std::int32_t leg, SimulationResult& result) const;

 private:
  enum class BarKind {
    idle,          // not due, and no rule acts between rebalances: nothing is looked at
    off_schedule,  // not due: exits, scales and drops may trade single names
    too_few,    // due, with fewer candidates than enforce_min_candidates asks for: as off schedule, due again next bar
    rebalance,  // due: the whole book goes to new weights
    unsized,    // due, but the sizer had no answer: exits and scales trade
  };

  // What the steps of one bar hand on; kept for its capacity, and without meaning to the next bar.
  struct Bar {
    Candidates selected;
    std::vector<InstrumentIndex> exited;
    WantedBook held_book;  // the book before postprocessing, where it is recorded
    WantedBook book;
    WantedBook sized_book;  // with names that are not listed yet
    std::vector<InstrumentWeight> weights;
    std::vector<InstrumentIndex> changed;
  };

  BarKind kind_of(const MarketView& market, const PortfolioView& portfolio);
  bool select(std::size_t bar, Candidates& selected);
  void want(const Candidates& selection, bool rebalancing, std::size_t bar, const std::vector<InstrumentIndex>& exited,
            WantedBook& book);
  Sizing size(const MarketView& market, const PortfolioView& portfolio, Bar& bar);
  void count_left_out(std::size_t bar);
  BarKind rebalance(const MarketView& market, const PortfolioView& portfolio, Bar& bar);
  bool change_names(const MarketView& market, BarKind kind, Bar& bar);
  void block_reentries(std::size_t at, const Bar& bar);
  void record(const MarketView& market, std::int32_t leg, BarKind kind, const std::vector<ExitAction>& exits,
              std::vector<DebugRow>& debug) const;

  PipelinePolicy policy_;
  RebalanceSchedule schedule_;
  Scorer scorer_;
  Selector selector_;
  std::unique_ptr<HoldingRule> holding_;
  ExitEngine exits_;
  Postprocess postprocess_;
  std::unique_ptr<Sizer> sizer_;
  std::vector<InstrumentIndex> cash_for_unlisted_;
  bool acts_off_schedule_ = false;

  PositionStates positions_;
  Candidates last_selection_;
  ProposedWeights proposed_;
  ReentryBlock reentry_block_;
  std::uint64_t skips_ = 0;
  std::uint64_t rebalances_ = 0;
  std::uint64_t thin_selections_ = 0;
  std::vector<SizerCut> sizer_cuts_;
  Bar bar_;
};

}  // namespace backtest
