// Tables of the tear sheet: drawdowns and positions.
#include <algorithm>
#include <cmath>

#include "report/html.hpp"
#include "report/tearsheet_parts.hpp"
#include "report/tearsheet_table.hpp"
#include "report/words.hpp"

namespace backtest {

namespace {

constexpr std::size_t most_positions = 10;

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
    rows += "<tr>" +
            left_cell(escaped(short_name(run.symbol(holding.instrument))) + (holding.stale ? " (stale)" : "")) +
            cell(shown_ratio(holding.shares), holding.shares < 0.0) + cell(shown_money(value), value < 0.0) +
            cell(nav == 0.0 ? "n/a" : shown_percent(value / nav), value < 0.0) + "</tr>\n";
  }
  std::string out =
      table("Positions at the end", "<th class=\"l\">Symbol</th><th>Shares</th><th>Value</th><th>Weight</th>", rows);
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
            left_cell(escaped(short_name(run.symbol(position.instrument))) + (position.side < 0.0 ? " short" : "") +
                      reason) +
            cell(to_text(run.date_of_bar(position.entry_bar))) + cell(to_text(run.date_of_bar(position.exit_bar))) +
            cell(shown_money(position.profit), position.profit < 0.0) +
            cell(shown_signed_percent(position.return_on_entry, 1), position.profit < 0.0) + "</tr>\n";
  }
  std::string out = table("Largest closed positions",
                          "<th class=\"l\">Symbol</th><th>Entry</th><th>Exit</th><th>Profit</th><th>Return</th>", rows);
  if (closed.size() > most_positions) {
    out += "<p class=\"none\">" + shown_count(most_positions) + " largest of " +
           shown_plural(closed.size(), "closed position") + ", by profit or loss</p>\n";
  }
  return out;
}

}  // namespace

std::string drawdown_part(const Sheet& sheet) {
  const RunView& run = sheet.run;
  std::string out = "<section>\n<h2>Deepest drawdowns</h2>\n";
  if (run.summary.drawdowns.empty())
    return out + "<p class=\"none\">NAV never fell below an earlier peak.</p></section>\n";
  const Date last = run.date_of_row(run.result.bars.size() - 1);
  std::string rows;
  for (std::size_t i = 0; i < run.summary.drawdowns.size(); ++i) {
    const DrawdownPeriod& period = run.summary.drawdowns[i];
    const auto days = [](Date from, Date to) { return shown_count(static_cast<std::size_t>(to.days - from.days)); };
    rows += "<tr>" + cell(std::to_string(i + 1)) + cell(shown_percent(period.depth), true) +
            cell(to_text(period.start)) + cell(to_text(period.trough)) +
            cell(period.recovery ? to_text(*period.recovery) : "not yet") + cell(days(period.start, period.trough)) +
            cell(period.recovery ? days(period.trough, *period.recovery) : "&ndash;") +
            cell(days(period.start, period.recovery.value_or(last))) + "</tr>\n";
  }
  return out +
         table("Deepest drawdowns",
               "<th>No.</th><th>Depth</th><th>Peak</th><th>Trough</th><th>Recovery</th><th>Days down</th>"
               "<th>Days up</th><th>Days</th>",
               rows) +
         "</section>\n";
}

std::string position_part(const Sheet& sheet) {
  const RunView& run = sheet.run;
  return "<section class=\"two\">\n<div>\n<h2>Positions at the end</h2>\n" + end_positions(run) +
         "</div>\n<div>\n<h2>Largest closed positions</h2>\n" + closed_positions(run) + "</div>\n</section>\n";
}

}  // namespace backtest
