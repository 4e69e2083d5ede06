#include "edge/cli/run_table.hpp"

#include <optional>
#include <string_view>

#include "base/date.hpp"
#include "base/json_field.hpp"
#include "edge/cli/shown_number.hpp"
#include "edge/cli/text_table.hpp"
#include "engine/metric/convention.hpp"

namespace backtest {

namespace {

std::string text_of(const json::object& object, std::string_view key) {
  std::string text = text_field(object, key);
  return text.empty() ? "-" : text;
}

const json::object* metrics_of(const json::object& run) {
  const json::value* value = run.if_contains("metrics");
  return value != nullptr ? value->if_object() : nullptr;
}

enum class Unit { percent, ratio, money, count };

std::string number_of(const json::object* object, std::string_view key, Unit unit) {
  const auto number = object != nullptr ? number_field(*object, key) : std::nullopt;
  if (!number) return "-";
  if (unit == Unit::percent) return shown_number(*number * 100.0, 2) + " %";
  return shown_number(*number, unit == Unit::count ? 0 : 2);
}

// As far as a record tells: the configured dates hold those of the bars.
bool is_less_than_a_year(const json::object& run) {
  const auto start = parse_date(text_field(run, "start_date")), end = parse_date(text_field(run, "end_date"));
  return start && end && end->days - start->days < shortest_year_days;
}

struct Number {
  const char* name;
  const char* key;
  Unit unit;
};
constexpr Number numbers[] = {
    {"return", "total_return", Unit::percent},
    {"a year", "annualized_return", Unit::percent},
    {"volatility", "annualized_volatility", Unit::percent},
    {"Sharpe", "sharpe_ratio", Unit::ratio},
    {"drawdown", "max_drawdown", Unit::percent},
    {"NAV", "final_equity", Unit::money},
    {"trades", "trades", Unit::count},
};

}  // namespace

std::string run_list_text(const json::array& runs) {
  TextTable table({"run", "status", "submitted", "name", "return", "Sharpe", "drawdown"});
  for (const json::value& value : runs) {
    const json::object& run = value.as_object();
    const json::object* metrics = metrics_of(run);
    table.add({text_of(run, "run_id"), text_of(run, "status"), text_of(run, "submitted_at").substr(0, 19),
               text_of(run, "run_name"), number_of(metrics, "total_return", Unit::percent),
               number_of(metrics, "sharpe_ratio", Unit::ratio), number_of(metrics, "max_drawdown", Unit::percent)});
  }
  return table.text();
}

std::string comparison_text(const json::array& runs) {
  std::vector<std::string> header{""};
  std::vector<std::string> states{"status"};
  for (const json::value& value : runs) {
    header.push_back(text_of(value.as_object(), "run_id"));
    states.push_back(text_of(value.as_object(), "status"));
  }
  TextTable table(std::move(header));
  table.add(std::move(states));
  for (const Number& number : numbers) {
    std::vector<std::string> row{number.name};
    for (const json::value& value : runs) {
      const json::object& run = value.as_object();
      const bool is_hidden = std::string_view(number.key) == "annualized_return" && is_less_than_a_year(run);
      row.push_back(is_hidden ? "< 1 year" : number_of(metrics_of(run), number.key, number.unit));
    }
    table.add(std::move(row));
  }
  return table.text();
}

}  // namespace backtest
