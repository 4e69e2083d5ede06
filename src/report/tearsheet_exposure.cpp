// How much was invested, and in what: exposure and the largest weights over time.
#include <fmt/format.h>

#include <algorithm>

#include "engine/metric/holding_weight.hpp"
#include "report/html.hpp"
#include "report/tearsheet_parts.hpp"
#include "report/tearsheet_plot.hpp"
#include "report/tearsheet_table.hpp"

namespace backtest {

namespace {

constexpr std::size_t most_exposure_points = 160;
constexpr std::size_t named_instruments = 8;  // as many as there are colours that one can tell apart

std::string exposure_chart(Sheet& sheet, const TimeAxis& axis, std::size_t places, const WeightHistory& history) {
  std::vector<double> gross, net, largest, positions;
  double low = 0.0, high = 1.0;
  for (std::size_t i = 0; i < axis.rows.size(); ++i) {
    const BarRow& bar = sheet.run.result.bars[axis.rows[i]];
    gross.push_back(bar.gross_exposure);
    net.push_back(bar.net_exposure);
    largest.push_back(history.rows[i].largest);
    positions.push_back(static_cast<double>(history.rows[i].positions));
    low = std::min(low, bar.net_exposure);
    high = std::max(high, bar.gross_exposure);
  }
  const Scale scale = linear_scale(low - 0.03 * (high - low), high + 0.05 * (high - low), 4);
  const std::string shapes = grid(scale) + path_element("line c", line_path(axis, scale, net)) +
                             path_element("line a", line_path(axis, scale, gross)) +
                             path_element("line b", line_path(axis, scale, largest));
  const std::string plots =
      plot("small", "Gross and net exposure and the largest position over time", shapes, percent_labels(scale)) +
      sheet.date_labels;
  const std::vector<Reading> readings = {{"Gross", Unit::percent, gross},
                                         {"Net", Unit::percent, net},
                                         {"Largest position", Unit::percent, largest},
                                         {"Positions", Unit::count, positions}};
  return chart("Exposure, of NAV", {{"a", "gross"}, {"c", "net"}, {"b", "largest position"}}, plots,
               sheet.readings.add_chart(places, readings));
}

// Long weights pile up above zero, short ones below it.
struct Pile {
  std::vector<std::vector<double>> upper, lower;  // edges: [layer][place]
  double low = 0.0, high = 0.0;

  explicit Pile(const WeightHistory& history) {
    const std::size_t layers = history.instruments.size() + 1;  // the others last
    upper.assign(layers, {});
    lower.assign(layers, {});
    for (const WeightRow& row : history.rows) {
      double above = 0.0, below = 0.0;
      for (std::size_t layer = 0; layer < layers; ++layer) {
        const bool other = layer + 1 == layers;
        above += other ? row.other_long : std::max(row.named[layer], 0.0);
        below += other ? row.other_short : std::min(row.named[layer], 0.0);
        upper[layer].push_back(above);
        lower[layer].push_back(below);
      }
      low = std::min(low, below);
      high = std::max(high, above);
    }
  }
};

// The highest pile first: what lies under it is painted over it, so that each layer needs one edge.
std::string pile_shapes(const TimeAxis& axis, const Scale& scale, const Pile& pile) {
  std::string shapes;
  for (std::size_t layer = pile.upper.size(); layer-- > 0;) {
    const std::string css_class = layer + 1 == pile.upper.size() ? "pile others" : "pile s" + std::to_string(layer + 1);
    const bool adds_above =
        layer == 0 ? std::ranges::max(pile.upper[0]) > 0.0 : pile.upper[layer] != pile.upper[layer - 1];
    const bool adds_below =
        layer == 0 ? std::ranges::min(pile.lower[0]) < 0.0 : pile.lower[layer] != pile.lower[layer - 1];
    if (adds_above) shapes += path_element(css_class, area_path(axis, scale, pile.upper[layer], scale.depth(0.0)));
    if (adds_below) shapes += path_element(css_class, area_path(axis, scale, pile.lower[layer], scale.depth(0.0)));
  }
  return shapes;
}

std::string weight_chart(Sheet& sheet, const TimeAxis& axis, std::size_t places, const WeightHistory& history) {
  const Pile pile(history);
  const double room = 0.04 * (pile.high - pile.low);
  const Scale scale = linear_scale(pile.low < 0.0 ? pile.low - room : 0.0, pile.high + room, 4);
  std::vector<Legend> legends;
  std::vector<Reading> readings;
  for (std::size_t i = 0; i < history.instruments.size(); ++i) {
    const std::string name = short_name(sheet.run.symbol(history.instruments[i]));
    legends.push_back({"box s" + std::to_string(i + 1), name});
    std::vector<double> weights;
    for (const WeightRow& row : history.rows) weights.push_back(row.named[i]);
    readings.push_back({name, Unit::percent, weights});
  }
  std::vector<double> other_long, other_short;
  for (const WeightRow& row : history.rows) {
    other_long.push_back(row.other_long);
    other_short.push_back(row.other_short);
  }
  const bool has_long = std::ranges::max(other_long) > 0.0, has_short = std::ranges::min(other_short) < 0.0;
  if (has_long || has_short) legends.push_back({"box others", "others"});
  if (has_long) readings.push_back({has_short ? "Others, long" : "Others", Unit::percent, other_long});
  if (has_short) readings.push_back({has_long ? "Others, short" : "Others", Unit::percent, other_short});
  const std::string plots = plot("small", "Weights of the largest positions over time",
                                 grid(scale) + pile_shapes(axis, scale, pile), percent_labels(scale)) +
                            sheet.date_labels;
  return chart("Largest weights, of NAV", legends, plots, sheet.readings.add_chart(places, readings));
}

}  // namespace

std::string exposure_part(Sheet& sheet) {
  const TimeAxis axis = even_axis(sheet.run, most_exposure_points);
  const WeightHistory history = weight_history(sheet.run.result, axis.rows, named_instruments);
  std::string out = "<section>\n<h2>Exposure and weights</h2>\n";
  if (history.instruments.empty()) return out + "<p class=\"none\">Nothing was held.</p>\n</section>\n";
  const std::size_t places = sheet.readings.add_axis(axis.rows, dates_of(sheet.run, axis), axis.last_row);
  out += "<div class=\"charts\">\n" + exposure_chart(sheet, axis, places, history);
  return out + weight_chart(sheet, axis, places, history) + "</div>\n</section>\n";
}

}  // namespace backtest
