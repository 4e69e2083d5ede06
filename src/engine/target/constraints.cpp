#include "engine/target/constraints.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <optional>

#include "engine/model/tolerance.hpp"

namespace backtest {

namespace {

constexpr auto every_weight = [](double) { return true; };
constexpr auto long_weight = [](double w) { return w > 0.0; };
constexpr auto short_weight = [](double w) { return w < 0.0; };

// A limit that was met by scaling may be missed by rounding of the last bits.
bool exceeds(double value, double limit) {
  return value > limit + 1e-12 * std::max(1.0, std::abs(limit));
}

}  // namespace

class Constraints::Recorder {
 public:
  Recorder(std::uint32_t bar, std::vector<ConstraintHit>& hits) : bar_(bar), hits_(hits) {}

  void book(Constraint constraint, double before, double after, std::initializer_list<ConstraintHit::Detail> details) {
    hits_.push_back(
        {.bar = bar_, .constraint = constraint, .before = before, .after = after, .details = std::vector(details)});
  }
  void instrument(Constraint constraint, InstrumentIndex instrument, double before, double after,
                  std::initializer_list<ConstraintHit::Detail> details) {
    book(constraint, before, after, details);
    hits_.back().has_instrument = true;
    hits_.back().instrument = instrument;
  }
  void residual(Constraint of, std::optional<InstrumentIndex> instrument, double value, double limit) {
    book(Constraint::residual, value, value, {{"bound", limit}});
    hits_.back().residual_of = of;
    hits_.back().has_instrument = instrument.has_value();
    hits_.back().instrument = instrument.value_or(0);
  }

 private:
  std::uint32_t bar_;
  std::vector<ConstraintHit>& hits_;
};

void Constraints::apply(const Proposal& proposal, const PortfolioView& portfolio, std::uint32_t bar,
                        std::vector<ConstraintHit>& hits, TargetWeights& targets) {
  Recorder record(bar, hits);
  merge(proposal, portfolio);
  slack_ = 0.0;
  limit_hard(record);
  if (policy_.min_weight_change || policy_.max_turnover) {
    const std::size_t hits_before = hits.size();
    hold_small_changes(record);
    limit_turnover(record);
    if (hits.size() > hits_before) {
      slack_ = epsilon;  // limits that were met above may be missed by the last bits now
      limit_hard(record);
    }
  }
  record_residuals(proposal.scheduled, record);

  targets.whole_book = proposal.scheduled;
  targets.weights.clear();
  targets.kept.clear();
  for (const Row& row : rows_) {
    if (!row.trades || (proposal.scheduled && row.target == 0.0)) continue;
    targets.weights.push_back({.instrument = row.instrument, .weight = row.target});
    if (row.held_back && row.target == row.current) targets.kept.push_back(row.instrument);
  }
}

void Constraints::merge(const Proposal& proposal, const PortfolioView& portfolio) {
  rows_.clear();
  auto held = portfolio.held.begin();
  auto wanted = proposal.allocations.begin();
  auto changed = proposal.changed.begin();
  while (held != portfolio.held.end() || wanted != proposal.allocations.end()) {
    const bool from_held = held != portfolio.held.end() &&
                           (wanted == proposal.allocations.end() || held->instrument <= wanted->instrument);
    const InstrumentIndex instrument = from_held ? held->instrument : wanted->instrument;
    Row row{.instrument = instrument, .trades = proposal.scheduled, .current = 0.0, .target = 0.0};
    if (from_held) {
      row.current = held->shares * held->mark / portfolio.nav;
      ++held;
    }
    if (wanted != proposal.allocations.end() && wanted->instrument == instrument) {
      const double weight = wanted->weight * wanted->scale;
      if (std::abs(weight) >= epsilon && std::isfinite(weight)) row.target = weight;
      ++wanted;
    }
    if (!proposal.scheduled) {
      while (changed != proposal.changed.end() && *changed < instrument) ++changed;
      row.trades = changed != proposal.changed.end() && *changed == instrument;
      if (!row.trades) row.target = row.current;
    }
    if (row.target != 0.0 || row.current != 0.0 || row.trades) rows_.push_back(row);
  }
}

Constraints::Sums Constraints::sums() const {
  Sums s;
  for (const Row& row : rows_) {
    const double w = row.target;
    s.net += w;
    s.gross += std::abs(w);
    (w > 0.0 ? s.longs : s.shorts) += w;
    if (!row.trades) continue;
    s.traded_gross += std::abs(w);
    (w > 0.0 ? s.traded_longs : s.traded_shorts) += w;
  }
  return s;
}

template <typename Predicate>
void Constraints::scale_traded(double factor, Predicate applies_to) {
  for (Row& row : rows_) {
    if (!row.trades || !applies_to(row.target)) continue;
    row.target *= factor;
    if (std::abs(row.target) < epsilon) row.target = 0.0;
  }
}

void Constraints::limit_hard(Recorder& record) {
  limit_instruments(record);
  limit_leverage(record);
  if (policy_.net_exposure_min || policy_.net_exposure_max) {
    limit_net_band(record);
  } else if (policy_.max_net_exposure) {
    limit_net(record);
  }
}

void Constraints::limit_instruments(Recorder& record) {  // CON-1
  const double cap = policy_.max_position_size;
  for (Row& row : rows_) {
    if (!row.trades) continue;
    const double before = row.target;
    if (before < 0.0 && !policy_.allow_short) {
      row.target = 0.0;
      record.instrument(Constraint::shorts_disallowed, row.instrument, before, 0.0, {});
    } else if (std::abs(before) > cap + slack_) {
      row.target = std::copysign(cap, before);
      record.instrument(Constraint::position_cap, row.instrument, before, row.target, {{"cap", cap}});
    }
  }
}

void Constraints::limit_leverage(Recorder& record) {  // CON-3
  const double limit = policy_.max_leverage;
  const Sums s = sums();
  if (s.gross <= limit + slack_ || s.traded_gross == 0.0) return;
  const double kept = s.gross - s.traded_gross;
  const double scale = kept == 0.0 ? limit / s.gross : std::clamp((limit - kept) / s.traded_gross, 0.0, 1.0);
  scale_traded(scale, every_weight);
  record.book(Constraint::max_leverage, s.gross, std::max(limit, kept), {{"scale", scale}});
}

void Constraints::limit_net_band(Recorder& record) {  // CON-4..6
  const Sums s = sums();
  if (s.gross == 0.0) return;
  if (policy_.net_exposure_min && s.net < *policy_.net_exposure_min - slack_) {
    const double limit = *policy_.net_exposure_min;
    if (s.traded_shorts < 0.0) {
      const double kept = s.shorts - s.traded_shorts;
      const double factor = std::clamp((limit - s.longs - kept) / s.traded_shorts, 0.0, 1.0);
      scale_traded(factor, short_weight);
      record.book(Constraint::net_exposure_min, s.net, sums().net, {{"min_net", limit}, {"factor", factor}});
    } else if (trades_anything()) {
      record.book(Constraint::net_exposure_min_unachievable, s.net, s.net, {{"min_net", limit}});
    }
  }
  const Sums raised = sums();
  if (raised.gross == 0.0) return;
  if (policy_.net_exposure_max && raised.net > *policy_.net_exposure_max + slack_) {
    const double limit = *policy_.net_exposure_max;
    if (raised.traded_longs > 0.0) {
      const double kept = raised.longs - raised.traded_longs;
      const double factor = std::clamp((limit - raised.shorts - kept) / raised.traded_longs, 0.0, 1.0);
      scale_traded(factor, long_weight);
      record.book(Constraint::net_exposure_max, raised.net, sums().net, {{"max_net", limit}, {"factor", factor}});
    } else if (trades_anything()) {
      record.book(Constraint::net_exposure_max_unachievable, raised.net, raised.net, {{"max_net", limit}});
    }
  }
}

void Constraints::limit_net(Recorder& record) {  // CON-7
  const double cap = *policy_.max_net_exposure;
  const Sums s = sums();
  const double traded = s.traded_longs + s.traded_shorts;
  if (std::abs(s.net) <= cap + slack_ || traded == 0.0) return;
  const double kept = s.net - traded;
  const double limit = std::copysign(cap, s.net);
  const bool all_trade = s.gross == s.traded_gross;
  const double scale = all_trade ? cap / std::abs(s.net) : std::clamp((limit - kept) / traded, 0.0, 1.0);
  scale_traded(scale, every_weight);
  record.book(Constraint::max_net_exposure, s.net, all_trade ? limit : sums().net, {{"scale", scale}});
}

bool Constraints::trades_anything() const {
  return std::any_of(rows_.begin(), rows_.end(), [](const Row& row) { return row.trades && row.target != 0.0; });
}

void Constraints::hold_small_changes(Recorder& record) {  // CON-9, but a close is never held back (W-10)
  const double threshold = policy_.min_weight_change.value_or(0.0);
  if (threshold <= 0.0) return;
  std::size_t held_back = 0;
  for (Row& row : rows_) {
    if (!row.trades || row.target == 0.0) continue;
    const double change = std::abs(row.target - row.current);
    if (change >= threshold) continue;
    if (change >= epsilon) ++held_back;
    row.held_back = true;
    row.target = std::abs(row.current) >= epsilon ? row.current : 0.0;
  }
  if (held_back == 0) return;
  record.book(Constraint::min_weight_change, missing, missing,
              {{"threshold", threshold}, {"clipped", static_cast<double>(held_back)}});
}

void Constraints::limit_turnover(Recorder& record) {  // CON-10, for empty targets too (W-10)
  if (!policy_.max_turnover) return;
  double turnover = 0.0;
  for (const Row& row : rows_) turnover += std::abs(row.target - row.current);
  const double cap = *policy_.max_turnover;
  if (turnover <= cap) return;
  const double factor = cap / turnover;
  for (Row& row : rows_) {
    if (!row.trades) continue;
    row.target = row.current + factor * (row.target - row.current);
    if (std::abs(row.target) < epsilon) row.target = 0.0;
  }
  record.book(Constraint::max_turnover, turnover, cap, {{"factor", factor}});
}

void Constraints::record_residuals(bool scheduled, Recorder& record) const {
  for (const Row& row : rows_) {
    if (row.target < 0.0 && !policy_.allow_short) {
      record.residual(Constraint::shorts_disallowed, row.instrument, row.target, 0.0);
    } else if (exceeds(std::abs(row.target), policy_.max_position_size)) {
      record.residual(Constraint::position_cap, row.instrument, row.target, policy_.max_position_size);
    }
  }
  if (!scheduled) return;  // off schedule the rest of the book is not up for decision
  const Sums s = sums();
  if (exceeds(s.gross, policy_.max_leverage)) {
    record.residual(Constraint::max_leverage, std::nullopt, s.gross, policy_.max_leverage);
  }
  if (policy_.net_exposure_min || policy_.net_exposure_max) {
    if (policy_.net_exposure_min && exceeds(-s.net, -*policy_.net_exposure_min)) {
      record.residual(Constraint::net_exposure_min, std::nullopt, s.net, *policy_.net_exposure_min);
    }
    if (policy_.net_exposure_max && exceeds(s.net, *policy_.net_exposure_max)) {
      record.residual(Constraint::net_exposure_max, std::nullopt, s.net, *policy_.net_exposure_max);
    }
  } else if (policy_.max_net_exposure && exceeds(std::abs(s.net), *policy_.max_net_exposure)) {
    record.residual(Constraint::max_net_exposure, std::nullopt, s.net, *policy_.max_net_exposure);
  }
}

}  // namespace backtest
