// Structured logs: one JSON object a line on standard error, each line one write(2), by log_writer.hpp in processes
// that must not wait for a reader. A Secret has no way in.
//
//   log_info("run submitted", {{"run_id", id}, {"queue_ms", 1.5}});
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace backtest {

enum class LogLevel { debug, info, warning, error, off };
std::string_view to_text(LogLevel level);
// debug, info, warning (or warn), error, off; any case.
std::optional<LogLevel> parse_log_level(std::string_view text);

class LogValue {
 public:
  LogValue(std::string_view text) : value_(text) {}
  LogValue(const char* text) : value_(std::string_view(text)) {}
  LogValue(const std::string& text) : value_(std::string_view(text)) {}
  LogValue(bool flag) : value_(flag) {}
  LogValue(double number) : value_(number) {}
  template <std::integral Integer>
    requires(!std::same_as<Integer, bool>)
  LogValue(Integer number) : value_(static_cast<std::int64_t>(number)) {}

  void append_json(std::string& out) const;

 private:
  std::variant<std::string_view, bool, double, std::int64_t> value_;
};

struct LogField {
  std::string_view name;
  LogValue value;
};
using LogFields = std::initializer_list<LogField>;

void set_log_level(LogLevel level);
bool log_enabled(LogLevel level);
// Where lines go; unset = standard error. Tests read them here. Not to be changed while others log.
void set_log_sink(std::function<void(std::string_view line)> sink);

// Never throws and, while a LogWriter lives, never waits.
void log_event(LogLevel level, std::string_view message, LogFields fields = {}) noexcept;
inline void log_debug(std::string_view message, LogFields fields = {}) {
  log_event(LogLevel::debug, message, fields);
}
inline void log_info(std::string_view message, LogFields fields = {}) {
  log_event(LogLevel::info, message, fields);
}
inline void log_warning(std::string_view message, LogFields fields = {}) {
  log_event(LogLevel::warning, message, fields);
}
inline void log_error(std::string_view message, LogFields fields = {}) {
  log_event(LogLevel::error, message, fields);
}

}  // namespace backtest
