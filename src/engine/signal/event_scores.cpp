// Scores of events: episodic pivots and breakouts as the signal table reports them.
#include <array>
#include <cmath>
#include <string>
#include <string_view>

#include "base/diagnostic.hpp"
#include "engine/signal/score_rule.hpp"

namespace backtest {
namespace {

using Column = SignalTable::Column;

class EpisodicPivotRule final : public ScoreRule {
 public:
  EpisodicPivotRule(const EpisodicPivotScoring& policy, SignalTable& table)
      : gap_(table.require(policy.gap_column)),
        volume_ratio_(table.require(policy.volume_ratio_column)),
        policy_(policy) {}

  void score(const ScoreInput& input, Scores& scores) override {
    scores.clear();
    for (const InstrumentIndex i : input.table.rows()) {
      const double gap = input.table.value(input.market, gap_, i);
      const double volume_ratio = input.table.value(input.market, volume_ratio_, i);
      if (!std::isfinite(gap) || !std::isfinite(volume_ratio)) continue;
      if (gap < policy_.min_gap || volume_ratio < policy_.min_volume_ratio) continue;
      scores.push_back(Score{.instrument = i, .value = gap + 0.5 * volume_ratio});
    }
  }

 private:
  Column gap_;
  Column volume_ratio_;
  EpisodicPivotScoring policy_;
};

// STR-8.3: the breakout, or the breakdown as a negative number where that is larger.
class BreakoutClassRule final : public ScoreRule {
 public:
  BreakoutClassRule(const BreakoutClassScoring& policy, SignalTable& table)
      : breakout_(table.require(policy.breakout_column)), policy_(policy) {
    if (policy.breakdown_column) breakdown_ = table.find(*policy.breakdown_column);
  }

  void score(const ScoreInput& input, Scores& scores) override {
    scores.clear();
    for (const InstrumentIndex i : input.table.rows()) {
      double best = input.table.value(input.market, breakout_, i);
      if (policy_.enable_shorts) {
        const double short_score = short_score_of(input, i, best);
        if (!std::isnan(short_score) && (std::isnan(best) || std::abs(short_score) > std::abs(best)))
          best = short_score;
      }
      if (!std::isfinite(best) || std::abs(best) < policy_.min_abs_score) continue;
      scores.push_back(Score{.instrument = i, .value = best});
    }
  }

 private:
  double short_score_of(const ScoreInput& input, InstrumentIndex i, double breakout) const {
    const double breakdown = breakdown_ ? input.table.value(input.market, *breakdown_, i) : missing;
    if (!std::isnan(breakdown)) return -std::abs(breakdown);
    return policy_.short_from_breakout ? -std::abs(breakout) : missing;
  }

  Column breakout_;
  std::optional<Column> breakdown_;
  BreakoutClassScoring policy_;
};

// STR-9: one column, else a sum of raw fields under any of their usual names.
class EpisodicPivotClassRule final : public ScoreRule {
 public:
  EpisodicPivotClassRule(const EpisodicPivotClassScoring& policy, SignalTable& table) : policy_(policy) {
    column_ = table.find(policy.column);
    if (column_) return;
    if (!policy.allow_raw_fields) {
      column_ = table.require(policy.column);
      return;
    }
    gap_ = first_of(table, {"gap_pct", "gap", "gapPercent", "gap_percent"});
    volume_ratio_ = first_of(table, {"vol_ratio", "volume_ratio", "volRatio"});
    if (!gap_ || !volume_ratio_) {
      column_ = table.require(policy.column);  // says which column is missing
      return;
    }
    terms_ = {{{table.find("earnings_surprise"), 0.1}, {table.find("rev_yoy"), 0.05}, {table.find("eps_yoy"), 0.05}}};
  }

  void score(const ScoreInput& input, Scores& scores) override {
    scores.clear();
    for (const InstrumentIndex i : input.table.rows()) {
      const double value = column_ ? input.table.value(input.market, *column_, i) : raw(input, i);
      if (!std::isfinite(value)) continue;
      const bool wanted = value >= policy_.min_score || (policy_.enable_shorts && value < -policy_.min_score);
      if (wanted) scores.push_back(Score{.instrument = i, .value = value});
    }
  }

 private:
  struct Term {
    std::optional<Column> column;
    double weight = 0.0;
  };

  static std::optional<Column> first_of(SignalTable& table, std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
      if (const auto column = table.find(name)) return column;
    }
    return std::nullopt;
  }

  double raw(const ScoreInput& input, InstrumentIndex i) const {
    double sum = input.table.value(input.market, *gap_, i) + 0.5 * input.table.value(input.market, *volume_ratio_, i);
    for (const Term& term : terms_) {
      const double value = term.column ? input.table.value(input.market, *term.column, i) : missing;
      if (std::isfinite(value)) sum += term.weight * value;
    }
    return sum;
  }

  EpisodicPivotClassScoring policy_;
  std::optional<Column> column_;
  std::optional<Column> gap_;
  std::optional<Column> volume_ratio_;
  std::array<Term, 3> terms_;
};

}  // namespace

std::unique_ptr<ScoreRule> make_event_rule(const EpisodicPivotScoring& scoring, SignalTable& table) {
  return std::make_unique<EpisodicPivotRule>(scoring, table);
}
std::unique_ptr<ScoreRule> make_event_rule(const BreakoutClassScoring& scoring, SignalTable& table) {
  return std::make_unique<BreakoutClassRule>(scoring, table);
}
std::unique_ptr<ScoreRule> make_event_rule(const EpisodicPivotClassScoring& scoring, SignalTable& table) {
  return std::make_unique<EpisodicPivotClassRule>(scoring, table);
}

}  // namespace backtest
