#include "edge/cli/run_table.hpp"

#include <fmt/format.h>

#include "base/json_field.hpp"
#include "edge/cli/text_table.hpp"

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

std::string number_of(const json::object* object, std::string_view key, const char* format, double factor) {
  const auto number = object != nullptr ? number_field(*object, key) : std::nullopt;
  return number ? fmt::format(fmt::runtime(format), *number * factor) : "-";
}

struct Number {
  const char* name;
  const char* key;
  const char* format;
  double factor;
};
constexpr Number numbers[] = {
    {"return", "total_return", "{:.2f} %", 100.0},
    {"a year", "annualized_return", "{:.2f} %", 100.0},
    {"volatility", "annualized_volatility", "{:.2f} %", 100.0},
    {"Sharpe", "sharpe_ratio", "{:.2f}", 1.0},
    {"drawdown", "max_drawdown", "{:.2f} %", 100.0},
    {"NAV", "final_equity", "{:.2f}", 1.0},
    {"trades", "trades", "{:.0f}", 1.0},
};

}  // namespace

std::string run_list_text(const json::array& runs) {
  TextTable table({"run", "status", "submitted", "name", "return", "Sharpe", "drawdown"});
  for (const json::value& value : runs) {
    const json::object& run = value.as_object();
    const json::object* metrics = metrics_of(run);
    table.add({text_of(run, "run_id"), text_of(run, "status"), text_of(run, "submitted_at").substr(0, 19),
               text_of(run, "run_name"), number_of(metrics, "total_return", "{:.2f} %", 100.0),
               number_of(metrics, "sharpe_ratio", "{:.2f}", 1.0),
               number_of(metrics, "max_drawdown", "{:.2f} %", 100.0)});
  }
  return table.text();
}

std::string comparison_text(const json::array& runs) {
  std::vector<std::string> header{""};
  std::vector<std::string> names{"name"};
  std::vector<std::string> states{"status"};
  for (const json::value& value : runs) {
    header.push_back(text_of(value.as_object(), "run_id"));
    names.push_back(text_of(value.as_object(), "run_name"));
    states.push_back(text_of(value.as_object(), "status"));
  }
  TextTable table(std::move(header));
  table.add(std::move(names));
  table.add(std::move(states));
  for (const Number& number : numbers) {
    std::vector<std::string> row{number.name};
    for (const json::value& value : runs) {
      row.push_back(number_of(metrics_of(value.as_object()), number.key, number.format, number.factor));
    }
    table.add(std::move(row));
  }
  return table.text();
}

std::string differences_text(const json::array& differences) {
  constexpr std::size_t widest = 40;  // longer values are cut: --json has them whole
  std::string text;
  for (const json::value& value : differences) {
    const json::object& difference = value.as_object();
    text += "  " + text_of(difference, "path") + "\n   ";
    for (const json::value& one : difference.at("values").as_array()) {
      std::string shown = one.is_null() ? "-" : one.is_string() ? std::string(one.get_string()) : json_text(one);
      if (shown.size() > widest) shown = shown.substr(0, widest - 3) + "...";
      text += " | " + shown;
    }
    text += "\n";
  }
  return text;
}

}  // namespace backtest
