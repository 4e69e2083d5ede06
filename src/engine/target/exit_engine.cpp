#include "engine/target/exit_engine.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "base/number_text.hpp"
#include "engine/market/moving_average.hpp"
#include "engine/market/price_comparison.hpp"

namespace backtest {
namespace {

// What a rule sees of one position. `reason` is null where nobody asks.
struct ExitInput {
  const MarketView& market;
  PositionState& state;
  std::string* reason;

  bool is_long() const { return state.side == Side::long_side; }
  double close() const { return market.close(market.bar(), state.instrument); }
  double high() const { return or_close(market.high(market.bar(), state.instrument)); }
  double low() const { return or_close(market.low(market.bar(), state.instrument)); }
  bool price_rule_applies(double pct) const {
    return !std::isnan(close()) && pct > 0.0 && pct < 1.0 && state.entry_price > 0.0;
  }
  void say(std::string_view name, std::string_view arguments) const {
    if (reason == nullptr) return;
    if (!reason->empty()) *reason += ';';
    reason->append(name).append("(").append(arguments).append(")");
  }
  void say_sided(std::string_view name, double pct) const {
    if (reason != nullptr) say((is_long() ? "long_" : "short_") + std::string(name), number_text(pct));
  }

 private:
  double or_close(double value) const { return std::isnan(value) ? close() : value; }
};

struct Verdict {
  bool exit = false;
  std::optional<double> scale;
  bool acts() const { return exit || scale.has_value(); }
};

Verdict judge(const TrailingMaExit& rule, MovingAverage* average, const ExitInput& input) {
  if (average == nullptr) return {};
  // Asked even without a close today, so that the average never has more than a window to catch up on.
  const std::optional<double> mean = average->at(input.market, input.state.instrument);
  if (!mean || std::isnan(input.close())) return {};
  const bool below_matters = !rule.side_aware || input.is_long();
  if (below_matters ? !price_below(input.close(), *mean) : !price_above(input.close(), *mean)) return {};
  if (input.reason != nullptr) {
    const char* name = !rule.side_aware  ? "close_below_ma"
                       : input.is_long() ? "long_close_below_ma"
                                         : "short_close_above_ma";
    input.say(name, std::to_string(rule.days));
  }
  return {.exit = true, .scale = {}};
}

Verdict judge(const StopLossExit& rule, MovingAverage*, const ExitInput& input) {
  if (!input.price_rule_applies(rule.pct)) return {};
  const double entry = input.state.entry_price;
  const bool hit =
      input.is_long()
          ? price_at_or_below(rule.use_intraday_extremes ? input.low() : input.close(), entry * (1.0 - rule.pct))
          : price_at_or_above(rule.use_intraday_extremes ? input.high() : input.close(), entry * (1.0 + rule.pct));
  if (hit) input.say_sided("stop_loss", rule.pct);
  return {.exit = hit, .scale = {}};
}

Verdict judge(const TakeProfitExit& rule, MovingAverage*, const ExitInput& input) {
  if (!input.price_rule_applies(rule.pct)) return {};
  const double entry = input.state.entry_price;
  const bool hit = input.is_long() ? price_at_or_above(input.high(), entry * (1.0 + rule.pct))
                                   : price_at_or_below(input.low(), entry * (1.0 - rule.pct));
  if (hit) input.say_sided("take_profit", rule.pct);
  return {.exit = hit, .scale = {}};
}

Verdict judge(const TrailingStopExit& rule, MovingAverage*, const ExitInput& input) {
  if (!input.price_rule_applies(rule.pct)) return {};
  const PositionState& state = input.state;
  const double mark = input.is_long() ? state.high_mark : state.low_mark;
  const double from = rule.use_water_marks && mark > 0.0 ? mark : state.entry_price;
  const bool hit =
      input.is_long()
          ? price_at_or_below(rule.use_intraday_extremes ? input.low() : input.close(), from * (1.0 - rule.pct))
          : price_at_or_above(rule.use_intraday_extremes ? input.high() : input.close(), from * (1.0 + rule.pct));
  if (hit) input.say_sided("trailing_stop", rule.pct);
  return {.exit = hit, .scale = {}};
}

Verdict judge(const TimeStopExit& rule, MovingAverage*, const ExitInput& input) {
  if (rule.days <= 0 || input.state.days_held < rule.days) return {};
  if (input.reason != nullptr) input.say("time_stop", std::to_string(rule.days));
  return {.exit = true, .scale = {}};
}

Verdict judge(const PartialExit& rule, MovingAverage*, const ExitInput& input) {
  if (input.state.days_held < rule.days || !(rule.fraction >= 0.0 && rule.fraction <= 1.0)) return {};
  if (rule.once && input.state.partial_exit_done) return {};
  if (rule.once) input.state.partial_exit_done = true;
  if (input.reason != nullptr) {
    input.say("partial_exit_after_days", std::to_string(rule.days) + "," + number_text(rule.fraction));
  }
  return {.exit = false, .scale = std::max(0.0, 1.0 - rule.fraction)};
}

}  // namespace

ExitEngine::ExitEngine(const ExitPolicy& policy, std::optional<double> stop_loss, const Panel& prices)
    : precedence_(policy.precedence) {
  if (stop_loss) rules_.push_back({.policy = StopLossExit{.pct = *stop_loss}, .average = nullptr});
  for (const ExitRule& rule : policy.rules) {
    std::unique_ptr<MovingAverage> average;
    if (const auto* trailing = std::get_if<TrailingMaExit>(&rule); trailing != nullptr && trailing->days > 0) {
      average = std::make_unique<MovingAverage>(trailing->days, PriceColumn::require(prices, trailing->price_column),
                                                prices.instrument_count());
    }
    rules_.push_back({.policy = rule, .average = std::move(average)});
  }
}

ExitEngine::~ExitEngine() = default;
ExitEngine::ExitEngine(ExitEngine&&) noexcept = default;

void ExitEngine::evaluate_position(const MarketView& market, PositionState& state, ExitAction& action,
                                   bool with_reasons) {
  const ExitInput input{.market = market, .state = state, .reason = with_reasons ? &action.reasons : nullptr};
  for (const Rule& rule : rules_) {
    const Verdict verdict =
        std::visit([&](const auto& policy) { return judge(policy, rule.average.get(), input); }, rule.policy);
    action.exit = action.exit || verdict.exit;
    if (verdict.scale) action.scale = verdict.scale;
    if (precedence_ == ExitPrecedence::first_match && verdict.acts()) break;
  }
  if (action.exit && action.scale) {
    if (precedence_ == ExitPrecedence::scale_over_exit) {
      action.exit = false;
    } else {
      action.scale.reset();
    }
  }
  if (action.scale) state.target_scale = std::min(state.target_scale, *action.scale);
}

const std::vector<ExitAction>& ExitEngine::evaluate(const MarketView& market, std::vector<PositionState>& held,
                                                    bool with_reasons) {
  actions_.clear();
  if (rules_.empty()) return actions_;
  ExitAction action;
  for (PositionState& state : held) {
    action = ExitAction{};
    action.instrument = state.instrument;
    evaluate_position(market, state, action, with_reasons);
    if (action.exit || action.scale) actions_.push_back(action);
  }
  return actions_;
}

}  // namespace backtest
