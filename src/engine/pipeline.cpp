#include "engine/pipeline.hpp"

#include <algorithm>

#include "engine/debug_tables.hpp"
#include "engine/wanted_book.hpp"

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

// Fewer than half of the wanted names on a side.
bool is_thin(const Selection& selection, const Candidates& selected) {
  const auto* wanted = std::get_if<LongShortTopNSelection>(&selection);
  if (wanted == nullptr) return false;
  const auto found = [&](Side side) { return 2 * std::ranges::count(selected, side, &Candidate::side); };
  return found(Side::long_side) < wanted->long_n || (wanted->allow_short && found(Side::short_side) < wanted->short_n);
}

}  // namespace

Pipeline::Pipeline(const PipelinePolicy& policy, const SizerPolicy& sizer, std::optional<double> stop_loss,
                   const Panel& prices, const SignalPanel* signals)
    : policy_(policy),
      schedule_(policy.schedule),
      scorer_(policy, prices, signals),
      selector_(policy.selection),
      holding_(make_holding_rule(policy.holding)),
      exits_(policy.exits, stop_loss, prices),
      postprocess_(policy.postprocess),
      sizer_(make_sizer(sizer, prices)),
      cash_for_unlisted_(cash_for_unlisted(policy, prices)),
      acts_off_schedule_(exits_.has_rules() || holding_->acts_off_schedule()),
      positions_(exits_.has_rules()),
      proposed_(prices.instrument_count()),
      reentry_block_(prices.instrument_count()) {}

std::optional<Proposal> Pipeline::decide(const MarketView& market, const PortfolioView& portfolio, std::int32_t leg,
                                         std::vector<DebugRow>* debug) {
  BarKind kind = kind_of(market, portfolio);
  // Other legs trade the sleeve of an idle leg too; a position that ends there must not be remembered (CS-3).
  if (kind != BarKind::idle || leg >= 0) positions_.sync(market, portfolio);
  if (kind == BarKind::rebalance) {
    scorer_.read(market);
    if (!select(market.bar(), bar_.selected)) kind = acts_off_schedule_ ? BarKind::too_few : BarKind::idle;
  }
  if (kind == BarKind::idle) return std::nullopt;
  if (kind == BarKind::rebalance) schedule_.commit(market.bar(), market.date());

  const std::vector<ExitAction>& exits = exits_.evaluate(market, positions_.held(), policy_.debug.record_reasons);
  exited_names(exits, bar_.exited);
  const bool rebalancing = kind == BarKind::rebalance;
  want(rebalancing ? bar_.selected : last_selection_, rebalancing, market.bar(), bar_.exited, bar_.book);
  if (rebalancing) kind = rebalance(market, portfolio, bar_);
  if (kind != BarKind::rebalance && !change_names(market, kind, bar_)) return std::nullopt;

  std::erase_if(last_selection_, [this](const Candidate& candidate) {
    return std::ranges::binary_search(bar_.exited, candidate.instrument);
  });
  remember_scores(bar_.book, positions_.held());
  if (debug != nullptr) record(market, leg, kind, exits, *debug);
  return proposed_.proposal(kind == BarKind::rebalance, bar_.changed);
}

Pipeline::BarKind Pipeline::kind_of(const MarketView& market, const PortfolioView& portfolio) {
  if (schedule_.due(market.bar(), market.date(), !portfolio.held.empty())) return BarKind::rebalance;
  return acts_off_schedule_ ? BarKind::off_schedule : BarKind::idle;
}

// The scores of this bar -> the candidates that may be entered. False where they are too few for a rebalance.
bool Pipeline::select(std::size_t bar, Candidates& selected) {
  selector_.select(scorer_.scores(), selected);
  ++rebalances_;
  thin_selections_ += is_thin(policy_.selection, selected) ? 1 : 0;
  const int minimum = postprocess_.minimum_candidates();
  if (minimum > 0 && selected.size() < static_cast<std::size_t>(minimum)) return false;
  std::erase_if(selected, [&](const Candidate& candidate) {
    return reentry_block_.holds(candidate.instrument, bar) && positions_.find(candidate.instrument) == nullptr;
  });
  return true;
}

// Selection, held positions and exits -> the wanted book.
void Pipeline::want(const Candidates& selection, bool rebalancing, std::size_t bar,
                    const std::vector<InstrumentIndex>& exited, WantedBook& book) {
  holding_->merge({.rebalancing = rebalancing,
                   .selected = selection,
                   .held = positions_.held(),
                   .raw = scorer_.scores(),
                   .selector = selector_,
                   .bar = bar},
                  book);
  apply_exits(exited, positions_.held(), book);
  if (policy_.debug.record_intermediates) bar_.held_book = book;
}

// bar.book -> bar.weights.
Sizing Pipeline::size(const MarketView& market, const PortfolioView& portfolio, Bar& bar) {
  const WantedBook* book = &bar.book;
  if (!cash_for_unlisted_.empty()) {
    add_unlisted(cash_for_unlisted_, scorer_.eligible(), bar.exited, bar.book, bar.sized_book);
    book = &bar.sized_book;
  }
  return sizer_->size({.market = market, .book = *book, .portfolio = portfolio}, bar.weights);
}

void Pipeline::count_left_out(std::size_t bar) {
  for (const LeftOut& left_out : sizer_->left_out()) {
    auto cut = std::ranges::find(sizer_cuts_, left_out.limit, &SizerCut::limit);
    if (cut == sizer_cuts_.end()) {
      cut = sizer_cuts_.insert(cut, {.limit = left_out.limit, .first_bar = static_cast<std::uint32_t>(bar)});
    }
    ++cut->rebalances;
    cut->names_at_most = std::max(cut->names_at_most, left_out.names);
  }
}

// The whole book goes to new weights, unless the sizer has none.
Pipeline::BarKind Pipeline::rebalance(const MarketView& market, const PortfolioView& portfolio, Bar& bar) {
  postprocess_.apply(positions_, bar.book);
  if (size(market, portfolio, bar) == Sizing::skipped) {
    ++skips_;
    return BarKind::unsized;
  }
  count_left_out(market.bar());
  last_selection_ = bar.selected;
  proposed_.replace(bar.weights, bar.book);
  block_reentries(market.bar(), bar);
  return BarKind::rebalance;
}

// The names that trade without a rebalance -> bar.changed. False where there are none.
bool Pipeline::change_names(const MarketView& market, BarKind kind, Bar& bar) {
  const bool sized = kind != BarKind::unsized;
  changed_names(sized ? Change::exits_scales_and_drops : Change::exits_and_scales, bar.exited, bar.book,
                positions_.held(), proposed_, bar.changed);
  if (sized) {
    if (bar.changed.empty()) return false;
    // Scores of today are read only now that something trades, by a rule or a record that asks for them.
    if (holding_->needs_raw_scores() || policy_.debug.record_intermediates) {
      if (kind == BarKind::off_schedule) scorer_.read(market);
      want(last_selection_, false, market.bar(), bar.exited, bar.book);
    }
    postprocess_.apply(positions_, bar.book);
  }
  block_reentries(market.bar(), bar);
  proposed_.release(bar.changed, bar.book);
  return !bar.changed.empty();
}

// After an exit, and for a policy with a re-entry cooldown after any end of a position.
void Pipeline::block_reentries(std::size_t at, const Bar& bar) {
  const int after_any_end = holding_->reentry_cooldown_bars();
  for (const InstrumentIndex i : bar.exited) {
    reentry_block_.start(i, at, std::max(policy_.exits.cooldown_bars, after_any_end));
  }
  if (after_any_end <= 0) return;
  auto wanted = bar.book.begin();
  for (const PositionState& state : positions_.held()) {  // it and the book ascend by instrument
    while (wanted != bar.book.end() && wanted->candidate.instrument < state.instrument) ++wanted;
    const bool in_book = wanted != bar.book.end() && wanted->candidate.instrument == state.instrument;
    // The sizer ends positions too, by its limits or for want of a score.
    const bool kept = in_book && wanted->scale > 0.0 && proposed_.weight(state.instrument) != 0.0;
    if (!kept) reentry_block_.start(state.instrument, at, after_any_end);
  }
}

void Pipeline::add_counts(std::int32_t leg, SimulationResult& result) const {
  result.optimizer_skips += skips_;
  for (SizerCut cut : sizer_cuts_) {
    cut.leg = leg;
    result.sizer_cuts.push_back(cut);
  }
  if (!std::holds_alternative<LongShortTopNSelection>(policy_.selection)) return;
  result.thin_selections.push_back({.leg = leg, .rebalances = rebalances_, .thin = thin_selections_});
}

void Pipeline::record(const MarketView& market, std::int32_t leg, BarKind kind, const std::vector<ExitAction>& exits,
                      std::vector<DebugRow>& debug) const {
  if (!policy_.debug.record_intermediates && !policy_.debug.record_reasons) return;
  static const Candidates nothing;
  const bool selects = kind == BarKind::rebalance || kind == BarKind::unsized;
  DebugTables record(static_cast<std::uint32_t>(market.bar()), leg, debug);
  if (policy_.debug.record_intermediates) {
    record.add_universe(scorer_.eligible());
    record.add_raw_scores(scorer_.scores());
    record.add_selected(selects ? bar_.selected : nothing);
    record.add_book(DebugTable::held, bar_.held_book);
    record.add_book(DebugTable::scores, bar_.book);
    record.add_scales(bar_.book);
  }
  if (policy_.debug.record_reasons) record.add_exits(exits);
}

}  // namespace backtest
