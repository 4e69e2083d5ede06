#include "base/log.hpp"

#include <atomic>
#include <cmath>
#include <utility>

#include "base/json.hpp"
#include "base/log_queue.hpp"
#include "base/number_text.hpp"
#include "base/utc_time.hpp"

namespace backtest {

namespace {

std::atomic<LogLevel> least_level{LogLevel::info};
std::function<void(std::string_view)>& sink() {
  static std::function<void(std::string_view)> lines;
  return lines;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

void write_event(LogLevel level, std::string_view message, LogFields fields) {
  std::string line = "{\"time\":\"" + utc_text(utc_now()) + "\",\"level\":\"";
  line += to_text(level);
  line += "\",\"message\":";
  append_json_string(line, message);
  for (const LogField& field : fields) {
    line += ',';
    append_json_string(line, field.name);
    line += ':';
    field.value.append_json(line);
  }
  line += "}\n";
  if (sink()) {
    sink()(line);
    return;
  }
  write_log_line(std::move(line));
}

}  // namespace

std::string_view to_text(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
    case LogLevel::off:
      return "off";
  }
  return "";
}

std::optional<LogLevel> parse_log_level(std::string_view text) {
  const std::string word = lower(text);
  if (word == "warn") return LogLevel::warning;
  for (LogLevel level : {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error, LogLevel::off}) {
    if (word == to_text(level)) return level;
  }
  return std::nullopt;
}

void LogValue::append_json(std::string& out) const {
  if (const auto* text = std::get_if<std::string_view>(&value_)) {
    append_json_string(out, *text);
  } else if (const auto* flag = std::get_if<bool>(&value_)) {
    out += *flag ? "true" : "false";
  } else if (const auto* integer = std::get_if<std::int64_t>(&value_)) {
    out += std::to_string(*integer);
  } else if (const double number = std::get<double>(value_); std::isfinite(number)) {
    append_number(out, number);
  } else {
    out += "null";
  }
}

void set_log_level(LogLevel level) {
  least_level.store(level, std::memory_order_relaxed);
}

bool log_enabled(LogLevel level) {
  return level != LogLevel::off && level >= least_level.load(std::memory_order_relaxed);
}

void set_log_sink(std::function<void(std::string_view)> lines) {
  sink() = std::move(lines);
}

void log_event(LogLevel level, std::string_view message, LogFields fields) noexcept {
  if (!log_enabled(level)) return;
  try {
    write_event(level, message, fields);
  } catch (...) {
    write_log_line("{\"level\":\"error\",\"message\":\"no memory for a line of the log\"}\n");
  }
}

}  // namespace backtest
