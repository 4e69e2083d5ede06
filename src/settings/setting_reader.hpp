// Reads variables one by one and collects what is wrong with them; "blank" means unset or only blanks (section 1).
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "settings/parse_settings.hpp"

namespace backtest {

class SettingReader {
 public:
  explicit SettingReader(const Environment& environment) : environment_(environment) {}

  // Trimmed; blank gives `fallback`.
  std::string text(std::string_view name, std::string_view fallback = {});
  std::vector<std::string> list(std::string_view name) { return comma_list_of(text(name)); }
  std::int64_t integer(std::string_view name, std::int64_t fallback, std::int64_t least, std::int64_t most);
  bool flag(std::string_view name, bool fallback);
  std::string absolute_path(std::string_view name, std::string_view fallback);

  void error(std::string_view name, std::string rule);
  const std::vector<Diagnostic>& errors() const { return errors_; }
  // BACKTEST_ variables that were set and never read, each with the name that may have been meant.
  std::vector<std::string> unknown_variables() const;

 private:
  static std::vector<std::string> comma_list_of(std::string_view text);

  const Environment& environment_;
  std::set<std::string, std::less<>> read_;
  std::vector<Diagnostic> errors_;
};

}  // namespace backtest
