#include "data/gaps.hpp"

#include <fmt/format.h>

#include "data/row_problems.hpp"
#include "engine/model/row_kind.hpp"

namespace backtest {

void report_gaps(const LoadRequest& request, const Panel& panel, std::vector<Diagnostic>& warnings) {
  constexpr std::size_t never = static_cast<std::size_t>(-1);
  const std::size_t instruments = panel.instrument_count();
  const auto limit = static_cast<std::size_t>(request.max_gap_bars);
  std::vector<std::size_t> last_row(instruments, never);
  RowProblems gaps;
  for (std::size_t bar = 0; bar < panel.bar_count(); ++bar) {
    const auto has_row = panel.has_row.subspan(bar * instruments, instruments);
    for (std::size_t i = 0; i < instruments; ++i) {
      if (has_row[i] != row_with_price) continue;
      if (last_row[i] != never && bar - last_row[i] - 1 > limit) {
        gaps.add({.file = request.price_path,
                  .message = fmt::format(
                      "{} has no rows for {} bars, between {} and {}: a hole, or another company under the same symbol",
                      panel.instruments[i], bar - last_row[i] - 1, to_text(panel.dates[last_row[i]]),
                      to_text(panel.dates[bar]))});
      }
      last_row[i] = bar;
    }
  }
  if (request.gap_is_error) gaps.throw_if_any();
  for (Diagnostic& gap : gaps.told()) warnings.push_back(std::move(gap));
}

}  // namespace backtest
