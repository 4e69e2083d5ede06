#include "run_store/listed_text.hpp"

namespace backtest {

bool is_blank_text(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos;
}

bool is_in_no_run(std::string_view text) {
  return text.size() > longest_listed_text || text.contains('\0');
}

std::string pattern_of_text(std::string_view text) {
  std::string pattern = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + '%';
}

}  // namespace backtest
