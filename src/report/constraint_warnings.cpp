#include "report/constraint_warnings.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace backtest {

namespace {

struct Limit {
  std::string_view key;  // below `constraints`
  std::string_view effect;
  std::string_view remedy;
  Importance importance;
};

// Limits that throttle trading are meant to change targets at most decisions.
Limit limit_of(Constraint constraint) {
  constexpr std::string_view see = "see constraint_hits.json";
  switch (constraint) {
    case Constraint::shorts_disallowed:
      return {"allow_short", "short targets became 0", "set constraints.allow_short: true to hold them",
              Importance::high};
    case Constraint::position_cap:
      return {"max_position_size", "a target was cut", "ask for smaller weights, or raise it", Importance::high};
    case Constraint::max_leverage:
      return {"max_leverage", "all targets were scaled down", "ask for weights with a smaller sum, or raise it",
              Importance::high};
    case Constraint::net_exposure_min:
      return {"net_exposure_min", "short targets were scaled down", see, Importance::normal};
    case Constraint::net_exposure_max:
      return {"net_exposure_max", "long targets were scaled down", see, Importance::normal};
    case Constraint::net_exposure_min_unachievable:
      return {"net_exposure_min", "it could not be met", see, Importance::high};
    case Constraint::net_exposure_max_unachievable:
      return {"net_exposure_max", "it could not be met", see, Importance::high};
    case Constraint::max_net_exposure:
      return {"max_net_exposure", "all targets were scaled down", see, Importance::normal};
    case Constraint::min_weight_change:
      return {"min_weight_change", "small changes were left out", see, Importance::low};
    case Constraint::max_turnover:
      return {"max_turnover", "the targets were reached in part", see, Importance::normal};
    case Constraint::residual:
      break;
  }
  return {};
}

struct Seen {
  const ConstraintHit* first = nullptr;
  std::uint32_t last_bar = 0;
  std::size_t decisions = 0;
  double largest_change = 0.0;
};

double change_of(const ConstraintHit& hit) {
  if (hit.constraint != Constraint::residual) return std::abs(hit.before - hit.after);
  return hit.details.empty() ? missing : std::abs(hit.before - hit.details.front().value);  // the bound
}

Diagnostic warning_of(const RunView& run, const Seen& seen) {
  const ConstraintHit& first = *seen.first;
  const bool is_residual = first.constraint == Constraint::residual;
  Limit limit = limit_of(is_residual ? first.residual_of : first.constraint);
  if (is_residual) {
    limit.effect = "the final weights miss it";
    limit.remedy = "another limit or a held position stands against it; see constraint_hits.json";
    limit.importance = Importance::high;
  }
  Diagnostic warning;
  warning.path = fmt::format("constraints.{}", limit.key);
  warning.message = std::string(limit.effect);
  if (seen.largest_change > 0.0) warning.message += fmt::format(", by {:.4g} of NAV at most", seen.largest_change);
  warning.importance = limit.importance;
  warning.count = seen.decisions;
  warning.first = to_text(run.date_of_bar(first.bar));
  if (first.has_instrument) warning.first += " " + run.symbol(first.instrument);
  warning.remedy = limit.remedy;
  return warning;
}

}  // namespace

void add_constraint_warnings(const RunView& run, std::vector<Diagnostic>& warnings) {
  std::map<std::pair<Constraint, Constraint>, Seen> by_limit;
  constexpr double rounding = 1e-9;  // eleven weights of 1/11 sum to a bit more than 1
  for (const ConstraintHit& hit : run.result.hits) {
    const double change = change_of(hit);
    if (change <= rounding) continue;
    const bool is_residual = hit.constraint == Constraint::residual;
    Seen& seen = by_limit[{hit.constraint, is_residual ? hit.residual_of : hit.constraint}];
    if (seen.first == nullptr) seen.first = &hit;
    if (seen.decisions == 0 || seen.last_bar != hit.bar) ++seen.decisions;
    seen.last_bar = hit.bar;
    seen.largest_change = std::fmax(seen.largest_change, change);
  }
  for (const auto& [limit, seen] : by_limit) warnings.push_back(warning_of(run, seen));
}

}  // namespace backtest
