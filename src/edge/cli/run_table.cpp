#include "edge/cli/run_table.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/date.hpp"
#include "base/json_field.hpp"
#include "edge/cli/shown_number.hpp"
#include "edge/cli/text_table.hpp"
#include "engine/metric/convention.hpp"
#include "run_store/run_fields.hpp"

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

// A field of the record, from a run as the service answers it: its JSON has the field under its declared name.
template <typename Value>
std::string text_of(const json::object& run, Value RunRecord::* member) {
  std::string_view name;
  for_each_field(run_fields, [&]<typename Declared>(const RunField<Declared>& field) {
    if constexpr (std::is_same_v<Declared, Value>) {
      if (field.member == member) name = field.name;
    }
  });
  return text_of(run, name);
}

std::string number_of(const json::object* numbers, std::string_view name, NumberUnit unit) {
  const auto number = numbers != nullptr ? number_field(*numbers, name) : std::nullopt;
  if (!number) return "-";
  switch (unit) {
    case NumberUnit::fraction:
      return shown_number(*number * 100.0, 2) + " %";
    case NumberUnit::count:
      return shown_number(*number, 0);
    case NumberUnit::ratio:
    case NumberUnit::money:
      break;
  }
  return shown_number(*number, 2);
}

// With the place in the queue; the service counts 1,000 of them.
std::string shown_state(const json::object& run) {
  std::string state = text_of(run, &RunRecord::state);
  if (const auto position = number_field(run, "queue_position")) {
    state += *position > 1000 ? " > 1000" : " #" + shown_number(*position, 0);
  }
  return state;
}

// By the dates of the config, because a record does not have those of the first and the last bar, which lie within.
bool is_less_than_a_year(const json::object& run) {
  const auto start = parse_date(text_field(run, "start_date")), end = parse_date(text_field(run, "end_date"));
  return start && end && end->days - start->days < shortest_year_days;
}

}  // namespace

std::string run_list_text(const json::array& runs) {
  std::vector<std::string> header{"run", "status", "submitted", "name"};
  for_each_field(run_number_fields, [&](const auto& field) {
    if (field.is_listed) header.emplace_back(field.heading);
  });
  TextTable table(std::move(header));
  for (const json::value& value : runs) {
    const json::object& run = value.as_object();
    std::vector<std::string> row{text_of(run, &RunRecord::run_id), shown_state(run),
                                 text_of(run, &RunRecord::submitted_at).substr(0, 19),
                                 text_of(run, &RunRecord::run_name)};
    for_each_field(run_number_fields, [&](const auto& field) {
      if (field.is_listed) row.push_back(number_of(metrics_of(run), field.name, field.unit));
    });
    table.add(std::move(row));
  }
  return table.text();
}

std::string comparison_text(const json::array& runs) {
  std::vector<std::string> header{""};
  std::vector<std::string> names{"name"};
  std::vector<std::string> states{"status"};
  for (const json::value& value : runs) {
    header.push_back(text_of(value.as_object(), &RunRecord::run_id));
    names.push_back(text_of(value.as_object(), &RunRecord::run_name));
    states.push_back(text_of(value.as_object(), &RunRecord::state));
  }
  TextTable table(std::move(header));
  table.add(std::move(names));
  table.add(std::move(states));
  for_each_field(run_number_fields, [&](const auto& field) {
    std::vector<std::string> row{std::string(field.heading)};
    for (const json::value& value : runs) {
      const json::object& run = value.as_object();
      const bool is_hidden = field.name == "annualized_return" && is_less_than_a_year(run);
      row.push_back(is_hidden ? "< 1 year" : number_of(metrics_of(run), field.name, field.unit));
    }
    table.add(std::move(row));
  });
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
