// The config's universe.symbols, for rules that name symbols.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace backtest {

class Fields;

class UniverseSymbols {
 public:
  UniverseSymbols() = default;  // `all` of the price table
  // `is_judged` false: the list had errors of its own, so nothing is said about symbols that it lacks.
  explicit UniverseSymbols(std::vector<std::string> in_config_order, bool is_judged = true);

  bool is_all() const { return is_all_; }
  const std::vector<std::string>& in_config_order() const { return in_config_order_; }
  // Reports a symbol that the universe does not hold; `all` may hold any.
  void require(Fields& fields, std::string_view key, const std::string& symbol) const;

 private:
  bool is_all_ = true;
  bool is_judged_ = true;
  std::vector<std::string> in_config_order_;
  std::vector<std::string> ascending_;
};

}  // namespace backtest
