#include "spec/universe_symbols.hpp"

#include <algorithm>

#include "spec/fields.hpp"

namespace backtest {

UniverseSymbols::UniverseSymbols(std::vector<std::string> in_config_order, bool is_judged)
    : is_all_(false),
      is_judged_(is_judged),
      in_config_order_(std::move(in_config_order)),
      ascending_(in_config_order_) {
  std::ranges::sort(ascending_);
}

void UniverseSymbols::require(Fields& fields, std::string_view key, const std::string& symbol) const {
  if (is_all_ || !is_judged_ || std::ranges::binary_search(ascending_, symbol)) return;
  std::vector<std::string_view> names;
  if (ascending_.size() <= suggestion_words_max) names.assign(ascending_.begin(), ascending_.end());
  fields.error(key, "'" + shortened(symbol) + "' is not in universe.symbols" + suggestion(symbol, names));
}

}  // namespace backtest
