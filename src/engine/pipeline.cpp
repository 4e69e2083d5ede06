#include "engine/pipeline.hpp"

#include <algorithm>
#include <cmath>

#include "engine/decision_record.hpp"
#include "engine/model/tolerance.hpp"

namespace backtest {
namespace {

std::vector<InstrumentIndex> cash_for_unlisted(const PipelinePolicy& policy, const Panel& prices) {
  std::vector<InstrumentIndex> indexes;
  if (policy.cash_for_all_unlisted) {
    for (std::size_t i = 0; i < prices.instrument_count(); ++i) indexes.push_back(static_cast<InstrumentIndex>(i));
    return indexes;
  }
  for (const std::string& symbol : policy.cash_for_unlisted) {
    const auto found = std::lower_bound(prices.instruments.begin(), prices.instruments.end(), symbol);
    if (found == prices.instruments.end() || *found != symbol) continue;
    indexes.push_back(static_cast<InstrumentIndex>(found - prices.instruments.begin()));
  }
  std::sort(indexes.begin(), indexes.end());
  indexes.erase(std::unique(indexes.begin(), indexes.end()), indexes.end());
  return indexes;
}

bool contains(const std::vector<InstrumentIndex>& sorted, InstrumentIndex i) {
  return std::binary_search(sorted.begin(), sorted.end(), i);
}

}  // namespace

Pipeline::Pipeline(const PipelinePolicy& policy, const SizerPolicy& sizer, std::optional<double> stop_loss,
                   const Panel& prices, const SignalPanel* signals)
    : policy_(policy),
      schedule_(policy.schedule),
      universe_(policy.universe, prices, signals),
      table_(policy.signals, prices, signals),
      score_rule_(make_score_rule(policy.scoring, table_, prices)),
      selector_(policy.selection),
      holding_(make_holding_rule(policy.holding)),
      exits_(policy.exits, stop_loss, prices),
      postprocess_(policy.postprocess),
      sizer_(make_sizer(sizer, prices)),
      cash_for_unlisted_(cash_for_unlisted(policy, prices)),
      acts_off_schedule_(exits_.has_rules() || holding_->acts_off_schedule()),
      positions_(exits_.has_rules()),
      last_weight_(prices.instrument_count(), 0.0),
      last_scale_(prices.instrument_count(), 1.0),
      blocked_until_(prices.instrument_count(), 0) {}

std::optional<Proposal> Pipeline::decide(const MarketView& market, const PortfolioView& portfolio, std::int32_t leg,
                                         std::vector<DebugRow>* debug) {
  const bool wanted = schedule_.due(market.bar(), market.date(), !portfolio.held.empty());
  const bool acts = wanted || acts_off_schedule_;
  // A leg's sleeve is traded on bars of other legs too: what ends there is forgotten there (CS-3).
  if (acts || leg >= 0) positions_.sync(market, portfolio);
  if (!acts) return std::nullopt;
  const bool rebalancing = wanted && select(market);
  if (wanted && !rebalancing && !acts_off_schedule_) return std::nullopt;
  if (rebalancing) schedule_.commit(market.bar(), market.date());

  apply_exits(market);
  build_book(market, rebalancing);
  bool scheduled = rebalancing;
  if (rebalancing) {
    postprocess_.apply(positions_, book_);
    if (size(market, portfolio) == Sizing::skipped) {
      ++skips_;
      scheduled = false;
      find_changed(Change::exits_and_scales);
    } else {
      last_selection_ = selected_;
      take_weights();
      start_cooldowns(market.bar());
    }
  } else {
    find_changed(Change::exits_scales_and_drops);
    if (changed_.empty()) return std::nullopt;
    if (holding_->needs_raw_scores() || policy_.debug.record_intermediates) {
      if (!wanted) read_scores(market);
      build_book(market, false);
    }
    postprocess_.apply(positions_, book_);
  }
  if (!scheduled) {
    start_cooldowns(market.bar());
    release_changed();
    if (changed_.empty()) return std::nullopt;
  }
  std::erase_if(last_selection_, [this](const Candidate& c) { return contains(exited_, c.instrument); });
  remember_scores();
  if (debug != nullptr) record(market, leg, rebalancing, *debug);
  return propose(scheduled);
}

void Pipeline::read_scores(const MarketView& market) {
  eligible_ = &universe_.at(market);
  table_.read(market, *eligible_);
  score_rule_->score({.market = market, .eligible = *eligible_, .table = table_}, raw_);
}

// False when enforce_min_candidates skips the rebalance.
bool Pipeline::select(const MarketView& market) {
  read_scores(market);
  selector_.select(raw_, selected_);
  const int minimum = postprocess_.minimum_candidates();
  if (minimum > 0 && selected_.size() < static_cast<std::size_t>(minimum)) return false;
  block_reentries(market.bar());
  return true;
}

void Pipeline::block_reentries(std::size_t bar) {
  std::erase_if(selected_, [&](const Candidate& c) {
    return bar < blocked_until_[c.instrument] && positions_.find(c.instrument) == nullptr;
  });
}

void Pipeline::apply_exits(const MarketView& market) {
  exit_actions_ = &exits_.evaluate(market, positions_.held(), policy_.debug.record_reasons);
  exited_.clear();
  for (const ExitAction& action : *exit_actions_) {
    if (action.exit) exited_.push_back(action.instrument);
  }
}

// The smallest of what the holding policy and the exits left; book and positions ascend alike.
void Pipeline::take_scales() {
  auto state = positions_.held().begin();
  for (WantedPosition& wanted : book_) {
    while (state != positions_.held().end() && state->instrument < wanted.candidate.instrument) ++state;
    const bool held = state != positions_.held().end() && state->instrument == wanted.candidate.instrument;
    wanted.scale = std::min({1.0, wanted.scale, held ? state->target_scale : 1.0});
  }
}

// Exits beat same-bar selection (W-4).
void Pipeline::build_book(const MarketView& market, bool rebalancing) {
  holding_->merge({.rebalancing = rebalancing,
                   .selected = rebalancing ? selected_ : last_selection_,
                   .held = positions_.held(),
                   .raw = raw_,
                   .selector = selector_,
                   .bar = market.bar()},
                  book_);
  std::erase_if(book_, [this](const WantedPosition& wanted) {
    return wanted.candidate.side == Side::none || contains(exited_, wanted.candidate.instrument);
  });
  take_scales();
  if (policy_.debug.record_intermediates) held_book_ = book_;
}

// What changed since the last proposal. An exit counts whenever its rule says so; a drop or a scale only where the
// instrument had a weight to change.
void Pipeline::find_changed(Change change) {
  changed_ = exited_;
  auto wanted = book_.begin();
  for (const PositionState& state : positions_.held()) {
    const InstrumentIndex i = state.instrument;
    while (wanted != book_.end() && wanted->candidate.instrument < i) ++wanted;
    if (last_weight_[i] == 0.0 || contains(exited_, i)) continue;
    const bool in_book = wanted != book_.end() && wanted->candidate.instrument == i;
    const bool dropped = !in_book && change == Change::exits_scales_and_drops;
    if (dropped || (in_book && std::abs(wanted->scale - last_scale_[i]) > epsilon)) changed_.push_back(i);
  }
  std::sort(changed_.begin(), changed_.end());
}

Sizing Pipeline::size(const MarketView& market, const PortfolioView& portfolio) {
  if (cash_for_unlisted_.empty()) {
    return sizer_->size({.market = market, .book = book_, .portfolio = portfolio}, weights_);
  }
  // A name that is not listed yet is wanted like any other: limits count it, and its order finds no price.
  sized_book_ = book_;
  auto next = book_.begin();
  for (const InstrumentIndex i : cash_for_unlisted_) {  // it and the book ascend
    while (next != book_.end() && next->candidate.instrument < i) ++next;
    const bool in_book = next != book_.end() && next->candidate.instrument == i;
    if (in_book || contains(*eligible_, i) || contains(exited_, i)) continue;
    sized_book_.push_back({.candidate = {.instrument = i, .side = Side::long_side, .strength = 1.0}});
  }
  std::sort(sized_book_.begin(), sized_book_.end(), [](const WantedPosition& a, const WantedPosition& b) {
    return a.candidate.instrument < b.candidate.instrument;
  });
  return sizer_->size({.market = market, .book = sized_book_, .portfolio = portfolio}, weights_);
}

void Pipeline::take_weights() {
  std::fill(last_weight_.begin(), last_weight_.end(), 0.0);
  std::fill(last_scale_.begin(), last_scale_.end(), 1.0);
  for (const InstrumentWeight& w : weights_) last_weight_[w.instrument] = w.weight;
  for (const WantedPosition& wanted : book_) last_scale_[wanted.candidate.instrument] = wanted.scale;
}

// Off schedule: an instrument that left the book has no weight any more, one that is rescaled keeps it.
void Pipeline::release_changed() {
  auto wanted = book_.begin();
  for (const InstrumentIndex i : changed_) {
    while (wanted != book_.end() && wanted->candidate.instrument < i) ++wanted;
    const bool in_book = wanted != book_.end() && wanted->candidate.instrument == i;
    if (!in_book) last_weight_[i] = 0.0;
    last_scale_[i] = in_book ? wanted->scale : 1.0;
  }
}

Proposal Pipeline::propose(bool scheduled) const {
  Proposal proposal;
  proposal.scheduled = scheduled;
  if (!scheduled) proposal.changed = changed_;
  proposal.allocations.reserve(weights_.size());
  for (InstrumentIndex i = 0; i < last_weight_.size(); ++i) {
    if (last_weight_[i] == 0.0) continue;
    proposal.allocations.push_back({.instrument = i, .weight = last_weight_[i], .scale = last_scale_[i]});
  }
  return proposal;
}

void Pipeline::remember_scores() {
  auto state = positions_.held().begin();
  for (const WantedPosition& wanted : book_) {  // both ascend by instrument
    while (state != positions_.held().end() && state->instrument < wanted.candidate.instrument) ++state;
    if (state == positions_.held().end()) return;
    if (state->instrument == wanted.candidate.instrument) state->last = wanted.candidate;
  }
}

// After an exit, and for a policy with a re-entry cooldown after any end of a position.
void Pipeline::start_cooldowns(std::size_t bar) {
  const auto block = [&](InstrumentIndex i, int bars) {
    if (bars > 0) blocked_until_[i] = std::max(blocked_until_[i], bar + static_cast<std::size_t>(bars) + 1);
  };
  for (const InstrumentIndex i : exited_) {
    block(i, std::max(policy_.exits.cooldown_bars, holding_->reentry_cooldown_bars()));
  }
  if (holding_->reentry_cooldown_bars() <= 0) return;
  for (const PositionState& state : positions_.held()) {
    const auto wanted =
        std::lower_bound(book_.begin(), book_.end(), state.instrument,
                         [](const WantedPosition& w, InstrumentIndex i) { return w.candidate.instrument < i; });
    const bool in_book = wanted != book_.end() && wanted->candidate.instrument == state.instrument;
    // The sizer ends positions too, by its limits or for want of a score.
    const bool kept = in_book && wanted->scale > 0.0 && last_weight_[state.instrument] != 0.0;
    if (!kept) block(state.instrument, holding_->reentry_cooldown_bars());
  }
}

void Pipeline::record(const MarketView& market, std::int32_t leg, bool rebalancing,
                      std::vector<DebugRow>& debug) const {
  if (!policy_.debug.record_intermediates && !policy_.debug.record_reasons) return;
  static const Candidates nothing;
  DecisionRecord record(static_cast<std::uint32_t>(market.bar()), leg, debug);
  if (policy_.debug.record_intermediates) {
    record.add_universe(*eligible_);
    record.add_raw_scores(raw_);
    record.add_selected(rebalancing ? selected_ : nothing);
    record.add_book(DebugTable::held, held_book_);
    record.add_book(DebugTable::scores, book_);
    record.add_scales(book_);
  }
  if (policy_.debug.record_reasons) record.add_exits(*exit_actions_);
}

}  // namespace backtest
