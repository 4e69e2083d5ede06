#include "report/sizer_warnings.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace backtest {

namespace {

std::string_view key_of(SizerLimit limit) {
  switch (limit) {
    case SizerLimit::max_positions:
      return "max_positions";
    case SizerLimit::max_longs:
      return "max_longs";
    case SizerLimit::max_shorts:
      return "max_shorts";
    case SizerLimit::holds_no_shorts:
      break;
  }
  return "";
}

Diagnostic warning_of_cut(const RunView& run, const SizerCut& cut) {
  const std::string leg = run.of_leg(cut.leg);
  Diagnostic warning{.path = "sizing",
                     .count = static_cast<std::size_t>(cut.rebalances),
                     .first = to_text(run.date_of_bar(cut.first_bar))};
  if (cut.limit == SizerLimit::holds_no_shorts) {
    warning.message =
        fmt::format("EqualWeightSizer holds no shorts: up to {} that the strategy{} selected were left out",
                    cut.names_at_most, leg);
    warning.importance = Importance::high;
    warning.remedy =
        "size them with LongShortScoreSizer under constraints.allow_short: true, or let the strategy select none";
    return warning;
  }
  const std::string_view key = key_of(cut.limit);
  warning.message =
      fmt::format("{} left out up to {} of the names that the strategy{} selected", key, cut.names_at_most, leg);
  warning.remedy = fmt::format("raise sizing.parameters.{} to hold them", key);
  return warning;
}

}  // namespace

void add_sizer_warnings(const RunView& run, std::vector<Diagnostic>& warnings) {
  for (const SizerCut& cut : run.result.sizer_cuts) warnings.push_back(warning_of_cut(run, cut));
}

}  // namespace backtest
