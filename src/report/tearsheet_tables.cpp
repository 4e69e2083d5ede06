// Tables of the tear sheet: months, drawdowns, positions.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/html.hpp"
#include "report/tearsheet_parts.hpp"
#include "report/words.hpp"

namespace backtest {

namespace {

constexpr std::size_t most_positions = 10;

std::string cell(const std::string& text, bool negative = false) {
  return negative ? "<td class=\"neg\">" + text + "</td>" : "<td>" + text + "</td>";
}

std::string left_cell(const std::string& text) {
  return "<td class=\"l\">" + text + "</td>";
}

// Full colour from a move of `full` on.
std::string month_cell(double value, double full) {
  const double alpha = 0.07 + 0.55 * std::min(std::abs(value) / full, 1.0);
  return fmt::format("<td class=\"{}\" style=\"--a:{:.2f}\">{}</td>", value < 0.0 ? 'm' : 'p',
                     value == 0.0 ? 0.0 : alpha, shown_percent(value, 1));
}

std::string table(std::string_view head, const std::string& rows) {
  return "<div class=\"scroll\"><table><thead><tr>" + std::string(head) + "</tr></thead><tbody>\n" + rows +
         "</tbody></table></div>\n";
}

std::string end_positions(const RunView& run) {
  const std::size_t row = run.result.bars.size() - 1;
  std::vector<HoldingRow> holdings(
      run.result.holdings.begin() + static_cast<std::ptrdiff_t>(run.result.holdings_begin[row]),
      run.result.holdings.begin() + static_cast<std::ptrdiff_t>(run.result.holdings_begin[row + 1]));
  if (holdings.empty()) return "<p class=\"none\">Nothing is held at the end.</p>\n";
  const auto size = [](const HoldingRow& holding) { return std::abs(holding.shares * holding.mark); };
  std::ranges::sort(holdings, [&](const HoldingRow& a, const HoldingRow& b) {
    return size(a) != size(b) ? size(a) > size(b) : a.instrument < b.instrument;
  });
  const double nav = run.result.bars[row].nav;
  std::string rows;
  for (std::size_t i = 0; i < std::min(most_positions, holdings.size()); ++i) {
    const HoldingRow& holding = holdings[i];
    const double value = holding.shares * holding.mark;
    rows += "<tr>" + left_cell(escaped(run.symbol(holding.instrument)) + (holding.stale ? " (stale)" : "")) +
            cell(shown_ratio(holding.shares), holding.shares < 0.0) + cell(shown_money(value), value < 0.0) +
            cell(nav == 0.0 ? "n/a" : shown_percent(value / nav), value < 0.0) + "</tr>\n";
  }
  std::string out = table("<th>Symbol</th><th>Shares</th><th>Value</th><th>Weight</th>", rows);
  if (holdings.size() > most_positions) {
    out += "<p class=\"none\">" + shown_count(most_positions) + " largest of " +
           shown_plural(holdings.size(), "position") + "</p>\n";
  }
  return out;
}

std::string closed_positions(const RunView& run) {
  std::vector<ClosedPosition> closed = run.summary.closed_positions;
  if (closed.empty()) return "<p class=\"none\">No position was closed.</p>\n";
  // A stable order: equal profits keep theirs, by exit and symbol.
  std::vector<std::size_t> order(closed.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    const double left = std::abs(closed[a].profit), right = std::abs(closed[b].profit);
    return left != right ? left > right : a < b;
  });
  std::string rows;
  for (std::size_t i = 0; i < std::min(most_positions, order.size()); ++i) {
    const ClosedPosition& position = closed[order[i]];
    const std::string reason =
        position.exit_reason == FillReason::order ? "" : " (" + std::string(word(position.exit_reason)) + ")";
    rows += "<tr>" +
            left_cell(escaped(run.symbol(position.instrument)) + (position.side < 0.0 ? " short" : "") + reason) +
            cell(to_text(run.date_of_bar(position.entry_bar))) + cell(to_text(run.date_of_bar(position.exit_bar))) +
            cell(shown_money(position.profit), position.profit < 0.0) +
            cell(shown_signed_percent(position.return_on_entry, 1), position.profit < 0.0) + "</tr>\n";
  }
  std::string out = table("<th>Symbol</th><th>Entry</th><th>Exit</th><th>Profit</th><th>Return</th>", rows);
  if (closed.size() > most_positions) {
    out += "<p class=\"none\">" + shown_count(most_positions) + " largest of " +
           shown_plural(closed.size(), "closed position") + ", by profit or loss</p>\n";
  }
  return out;
}

}  // namespace

std::string month_part(const RunView& run) {
  const double cash = run.summary.initial_cash;
  const auto years = period_returns(run.result, run.prices, cash, Period::year);
  const auto months = period_returns(run.result, run.prices, cash, Period::month);
  double full = 0.02;
  for (const PeriodReturn& month : months) full = std::max(full, std::min(std::abs(month.value), 0.12));
  std::string out =
      "<section>\n<h2>Monthly returns</h2>\n<div class=\"scroll\"><table class=\"months\"><thead><tr><th>Year</th>";
  for (const char* name :
       {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Total"}) {
    out += "<th>" + std::string(name) + "</th>";
  }
  out += "</tr></thead><tbody>\n";
  auto month = months.begin();
  for (const PeriodReturn& year : years) {
    out += "<tr>" + cell(std::to_string(year.year));
    for (int number = 1; number <= 12; ++number) {
      const bool present = month != months.end() && month->year == year.year && month->period == number;
      out += present ? month_cell(month->value, full) : cell("");
      if (present) ++month;
    }
    out += month_cell(year.value, full * 3.0) + "</tr>\n";
  }
  return out + "</tbody></table></div>\n</section>\n";
}

std::string drawdown_part(const RunView& run) {
  std::string out = "<section>\n<h2>Deepest drawdowns</h2>\n";
  if (run.summary.drawdowns.empty())
    return out + "<p class=\"none\">NAV never fell below an earlier peak.</p></section>\n";
  std::string rows;
  for (const DrawdownPeriod& period : run.summary.drawdowns) {
    rows += "<tr>" + cell(shown_percent(period.depth), true) + cell(to_text(period.start)) +
            cell(to_text(period.trough)) + cell(period.recovery ? to_text(*period.recovery) : "not yet") +
            cell(period.recovery ? shown_count(static_cast<std::size_t>(period.recovery->days - period.start.days))
                                 : "&ndash;") +
            "</tr>\n";
  }
  return out + table("<th>Depth</th><th>Peak</th><th>Trough</th><th>Recovery</th><th>Days</th>", rows) + "</section>\n";
}

std::string position_part(const RunView& run) {
  return "<section class=\"two\">\n<div>\n<h2>Positions at the end</h2>\n" + end_positions(run) +
         "</div>\n<div>\n<h2>Largest closed positions</h2>\n" + closed_positions(run) + "</div>\n</section>\n";
}

}  // namespace backtest
