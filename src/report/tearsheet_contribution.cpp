// Who made the money: the largest contributions of instruments and legs to the total return.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/html.hpp"
#include "report/tearsheet_parts.hpp"
#include "report/tearsheet_table.hpp"

namespace backtest {

namespace {

constexpr std::size_t most_a_side = 8;

struct Line {
  std::string name;  // not escaped
  double profit = 0.0;
};

// To the right what was earned, to the left what was lost. `room` is what each has, in percent of the cell.
std::string bar_cell(double profit, double largest, double room) {
  const double width = largest > 0.0 ? std::abs(profit) / largest * room : 0.0, middle = 100.0 - room;
  return fmt::format("<td class=\"meter\"><b class=\"{}\" style=\"left:{:.1f}%;width:{:.1f}%\"></b></td>",
                     profit < 0.0 ? "m" : "p", profit < 0.0 ? middle - width : middle, width);
}

// The last line is the total, which has no bar: it would dwarf the others.
std::string rows_of(const std::vector<Line>& lines, double initial_cash) {
  double largest = 0.0, room = 100.0;
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    largest = std::max(largest, std::abs(lines[i].profit));
    if (lines[i].profit < 0.0) room = 50.0;
  }
  std::string rows;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Line& line = lines[i];
    rows += "<tr>" + left_cell(escaped(line.name));
    rows += i + 1 < lines.size() ? bar_cell(line.profit, largest, room) : "<td></td>";
    rows += cell(shown_money(line.profit), line.profit < 0.0) +
            cell(shown_signed_percent(line.profit / initial_cash), line.profit < 0.0) + "</tr>\n";
  }
  return rows;
}

std::string contribution_table(std::string_view title, std::string_view head, const std::vector<Line>& lines,
                               double initial_cash) {
  return "<div>\n<h3>" + std::string(title) + "</h3>\n" +
         table(title,
               "<th class=\"l\">" + std::string(head) +
                   "</th><th><span class=\"unseen\">Bar</span></th>"
                   "<th>Profit</th><th>Of initial cash</th>",
               rows_of(lines, initial_cash), "contributions") +
         "</div>\n";
}

// The best and the worst, what lies between in one line, and what belongs to no instrument.
std::vector<Line> instrument_lines(const RunView& run) {
  std::vector<Contribution> parts = run.summary.instrument_contributions;
  std::ranges::sort(parts, [](const Contribution& a, const Contribution& b) {
    return a.profit != b.profit ? a.profit > b.profit : a.index < b.index;
  });
  std::vector<Line> lines;
  Line others;
  std::size_t other_count = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string& name = run.symbol(static_cast<InstrumentIndex>(parts[i].index));
    // Two of a kind are not worth a line that says "1 other".
    const bool is_other = parts.size() > 2 * most_a_side + 1 && i >= most_a_side && i + most_a_side < parts.size();
    if (is_other) {
      others.profit += parts[i].profit;
      ++other_count;
      if (i + most_a_side + 1 == parts.size()) lines.push_back({shown_plural(other_count, "other"), others.profit});
    } else {
      lines.push_back({short_name(name), parts[i].profit});
    }
  }
  if (run.summary.financing_total != 0.0) lines.push_back({"Financing", run.summary.financing_total});
  lines.push_back({"Total", run.summary.final_nav - run.summary.initial_cash});
  return lines;
}

std::vector<Line> leg_lines(const RunView& run) {
  const std::vector<std::string>& legs = run.request.leg_names;
  std::vector<Line> lines;
  for (const Contribution& part : run.summary.leg_contributions) {
    const bool is_residual = part.index >= legs.size();
    if (is_residual && part.profit == 0.0) continue;
    lines.push_back({is_residual ? "Residual" : short_name(legs[part.index]), part.profit});
  }
  if (run.summary.financing_total != 0.0) lines.push_back({"Financing", run.summary.financing_total});
  lines.push_back({"Total", run.summary.final_nav - run.summary.initial_cash});
  return lines;
}

}  // namespace

std::string contribution_part(const Sheet& sheet) {
  const RunView& run = sheet.run;
  const Summary& summary = run.summary;
  std::string out = "<section>\n<h2>Contribution</h2>\n";
  if (summary.instrument_contributions.empty()) {
    return out + "<p class=\"none\">Nothing was held or traded.</p>\n</section>\n";
  }
  out += "<div class=\"two\">\n" +
         contribution_table("By instrument", "Symbol", instrument_lines(run), summary.initial_cash);
  if (!summary.leg_contributions.empty()) {
    out += contribution_table("By leg", "Leg", leg_lines(run), summary.initial_cash);
  }
  return out + "</div>\n</section>\n";
}

}  // namespace backtest
