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

#include "engine/market/rebalance_schedule.hpp"
#include "engine/market/universe.hpp"
#include "engine/model/policy.hpp"
#include "engine/model/portfolio_view.hpp"
#include "engine/model/simulation_result.hpp"
#include "engine/signal/score_rule.hpp"
#include "engine/target/exit_engine.hpp"
#include "engine/target/holding_rule.hpp"
#include "engine/target/postprocess.hpp"
#include "engine/target/selector.hpp"
#include "engine/target/sizer.hpp"

namespace backtest {

class Pipeline {
 public:
  Pipeline(const PipelinePolicy& policy, const SizerPolicy& sizer, std::optional<double> stop_loss, const Panel& prices,
           const SignalPanel* signals);

  std::optional<Proposal> decide(const MarketView& market, const PortfolioView& portfolio, std::int32_t leg,
                                 std::vector<DebugRow>* debug);
  std::uint64_t optimizer_skips() const { return skips_; }

 private:
  enum class Change { exits_and_scales, exits_scales_and_drops };

  void read_scores(const MarketView& market);
  bool select(const MarketView& market);
  void block_reentries(std::size_t bar);
  void apply_exits(const MarketView& market);
  void build_book(const MarketView& market, bool rebalancing);
  void find_changed(Change change);
  Sizing size(const MarketView& market, const PortfolioView& portfolio);
  void take_weights();
  void release_changed();
  Proposal propose(bool scheduled) const;
  void remember_scores();
  void start_cooldowns(std::size_t bar);
  void take_scales();
  void record(const MarketView& market, std::int32_t leg, bool rebalancing, std::vector<DebugRow>& debug) const;

  PipelinePolicy policy_;
  RebalanceSchedule schedule_;
  Universe universe_;
  SignalTable table_;
  std::unique_ptr<ScoreRule> score_rule_;
  Selector selector_;
  std::unique_ptr<HoldingRule> holding_;
  ExitEngine exits_;
  Postprocess postprocess_;
  std::unique_ptr<Sizer> sizer_;
  std::vector<InstrumentIndex> cash_for_unlisted_;
  bool acts_off_schedule_ = false;

  PositionStates positions_;
  Candidates last_selection_;
  std::vector<double> last_weight_;         // of the last rebalance; 0 = none, or let go of since
  std::vector<double> last_scale_;          // as last proposed
  std::vector<std::size_t> blocked_until_;  // the first bar at which it may be entered again

  // Of this bar, kept for their capacity.
  const std::vector<InstrumentIndex>* eligible_ = nullptr;
  Scores raw_;
  Candidates selected_;
  WantedBook book_;       // ascending by instrument
  WantedBook held_book_;  // of it before postprocessing, where it is recorded
  const std::vector<ExitAction>* exit_actions_ = nullptr;
  std::vector<InstrumentIndex> exited_;
  std::vector<InstrumentIndex> changed_;
  std::vector<InstrumentWeight> weights_;
  WantedBook sized_book_;
  std::uint64_t skips_ = 0;
};

}  // namespace backtest
