#include "edge/cli/summary_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>

#include "base/json_field.hpp"
#include "base/warning_list.hpp"
#include "edge/cli/shown_number.hpp"
#include "engine/metric/summary.hpp"

namespace backtest {

namespace {

std::string money(std::optional<double> value) {
  if (!value) return "-";
  std::string digits = fmt::format("{:.2f}", std::fabs(*value));
  for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(digits.size()) - 6; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  const bool is_zero = digits.find_first_of("123456789") == std::string::npos;
  return (*value < 0 && !is_zero ? "-" : "") + digits;
}

std::string percent(std::optional<double> value) {
  return value ? shown_number(*value * 100.0, 2) + " %" : "-";
}
std::string ratio(std::optional<double> value) {
  return value ? shown_number(*value, 2) : "-";
}

void line(std::string& out, std::string_view name, std::string_view value, std::string_view note = {}) {
  out += fmt::format("  {:<12} {:>18}  {}\n", name, value, note);
}

// Returns and turnover are given per year, but for the whole run where it is shorter than a year: GIPS forbids to
// annualise those.
void lines_of_a_year(std::string& out, const Summary& summary) {
  const Convention& convention = summary.convention;
  const bool is_short = !convention.spans_a_year();
  const std::string span = fmt::format("over {} day{}", convention.days, convention.days == 1 ? "" : "s");
  line(out, "return", percent(summary.total_return),
       is_short ? span + "; less than a year is not annualised" : percent(summary.annualized_return) + " a year");
  line(out, "volatility", percent(summary.annualized_volatility),
       fmt::format("a year of {:.6g} bars", convention.bars_per_year));
  line(out, "Sharpe", ratio(summary.sharpe_ratio), "Sortino " + ratio(summary.sortino_ratio));
  line(out, "drawdown", percent(summary.max_drawdown), is_short ? "" : "Calmar " + ratio(summary.calmar_ratio));
  line(out, "costs", money(summary.commission_total + summary.slippage_total), "drag " + percent(summary.cost_drag));
  if (is_short) {
    line(out, "turnover", percent(summary.turnover_total / 2.0), span + ", one-way");
  } else {
    line(out, "turnover", percent(summary.turnover_annual), "a year, one-way");
  }
}

// Shows all important warnings, and less important ones only until there are five lines.
std::string warning_lines(const std::vector<Diagnostic>& warnings) {
  if (warnings.empty()) return "";
  constexpr std::size_t shown_min = 5;
  const auto important =
      static_cast<std::size_t>(std::ranges::count(warnings, Importance::high, &Diagnostic::importance));
  const std::vector<std::string> lines = folded(warnings);
  const std::size_t shown = std::min(lines.size(), std::max(shown_min, important));
  std::string out = fmt::format("  {} warning{}\n", warnings.size(), warnings.size() == 1 ? "" : "s");
  for (std::size_t i = 0; i < shown; ++i) out += "    " + lines[i] + "\n";
  if (shown < lines.size()) out += "    ... all of them in summary.json\n";
  return out;
}

}  // namespace

std::string summary_text(const ExecuteResult& result, const std::string& directory) {
  const Summary& summary = result.summary;
  const json::object& identity = result.report.summary;
  std::string out;
  const std::string name = text_field(identity, "run_name");
  out += fmt::format("{}{}{}  {} .. {}\n", text_field(identity, "run_id"), name.empty() ? "" : "  ", name,
                     to_text(result.first_date), to_text(result.last_date));
  line(out, "NAV", money(summary.final_nav), "from " + money(summary.initial_cash));
  lines_of_a_year(out, summary);
  line(out, "trades", fmt::format("{}", summary.fill_count),
       fmt::format("{} {}", summary.reject_count, summary.reject_count == 1 ? "reject" : "rejects"));
  out += warning_lines(result.report.warnings);
  const Timings& timings = result.timings;
  out += fmt::format("  load {:.2f} s, simulate {:.3f} s, report {:.2f} s, total {:.2f} s, peak {:.0f} MB\n",
                     timings.load_s, timings.simulate_s, timings.report_s, timings.total_s,
                     static_cast<double>(timings.peak_rss_bytes) / 1e6);
  out += "  artifacts in " + directory + "\n";
  out += "  tear sheet   " + directory + "/tearsheet.html\n";
  return out;
}

}  // namespace backtest
