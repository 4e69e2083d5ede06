#include "report/tearsheet_readings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/json.hpp"

namespace backtest {

namespace {

// As JSON in a script element: `<` could begin an end tag.
void append_text(std::string& out, std::string_view text) {
  std::string quoted;
  append_json_string(quoted, text);
  for (const char c : quoted) c == '<' ? void(out += "\\u003c") : out.push_back(c);
}

template <typename Items, typename Append>
void append_list(std::string& out, const Items& items, Append append) {
  out += '[';
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += ',';
    append(items[i]);
  }
  out += ']';
}

// Each less the one before: small numbers are short.
template <typename Items, typename Number>
void append_steps(std::string& out, const Items& items, Number number) {
  std::int64_t before = 0;
  append_list(out, items, [&](const auto& item) {
    const auto value = static_cast<std::int64_t>(number(item));
    fmt::format_to(std::back_inserter(out), "{}", value - before);
    before = value;
  });
}

struct Precision {
  char letter;
  double parts;  // of one, that are kept
};

Precision precision_of(const Reading& reading) {
  switch (reading.unit) {
    case Unit::percent:
      return {'p', 1e4};
    case Unit::basis_points:
      return {'b', 1e6};
    case Unit::ratio:
      return {'r', 1e2};
    case Unit::count:
      return {'c', 1.0};
    case Unit::money:
      break;
  }
  double largest = 0.0;
  for (const double value : reading.values) largest = std::fmax(largest, std::abs(value));
  return largest < 10'000.0 ? Precision{'m', 1e2} : Precision{'n', 1.0};
}

void append_value(std::string& out, double value, double parts) {
  constexpr double largest = 9e15;  // what a script reads exactly
  const double whole = std::round(value * parts);
  if (std::abs(whole) <= largest) {
    fmt::format_to(std::back_inserter(out), "{}", static_cast<std::int64_t>(whole));
  } else if (std::isfinite(whole)) {
    append_json_number(out, whole);
  } else {
    out += "null";
  }
}

}  // namespace

std::size_t Readings::add_axis(const std::vector<std::size_t>& rows, const std::vector<Date>& dates,
                               std::size_t last_row) {
  axes_ += axis_count_ == 0 ? "" : ",\n";
  fmt::format_to(std::back_inserter(axes_), "{{\"last\":{},\"row\":", last_row);
  append_steps(axes_, rows, [](std::size_t row) { return row; });
  axes_ += ",\"day\":";
  append_steps(axes_, dates, [](Date date) { return date.days; });
  axes_ += '}';
  return axis_count_++;
}

std::size_t Readings::add_slots(const std::vector<std::string>& labels) {
  axes_ += axis_count_ == 0 ? "{\"label\":" : ",\n{\"label\":";
  append_list(axes_, labels, [&](const std::string& label) { append_text(axes_, label); });
  axes_ += '}';
  return axis_count_++;
}

std::size_t Readings::add_chart(std::size_t axis, const std::vector<Reading>& readings) {
  charts_ += chart_count_ == 0 ? "" : ",\n";
  fmt::format_to(std::back_inserter(charts_), "{{\"axis\":{},\"lines\":", axis);
  append_list(charts_, readings, [&](const Reading& reading) {
    const Precision precision = precision_of(reading);
    charts_ += '[';
    append_text(charts_, reading.name);
    fmt::format_to(std::back_inserter(charts_), ",\"{}\",", precision.letter);
    append_list(charts_, reading.values, [&](double value) { append_value(charts_, value, precision.parts); });
    charts_ += ']';
  });
  charts_ += '}';
  return chart_count_++;
}

std::string Readings::json() const {
  return "{\"axes\":[" + axes_ + "],\n\"charts\":[" + charts_ + "]}";
}

}  // namespace backtest
