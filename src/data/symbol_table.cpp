#include "data/symbol_table.hpp"

namespace backtest {

SymbolId SymbolTable::intern(std::string_view text) {
  // Rows come sorted by symbol or by date: the symbol is nearly always the last one again or its successor.
  if (last_ < texts_.size() && texts_[last_] == text) return last_;
  if (last_ + 1 < texts_.size() && texts_[last_ + 1] == text) return ++last_;
  if (const auto found = ids_.find(text); found != ids_.end()) return last_ = found->second;
  const auto id = static_cast<SymbolId>(texts_.size());
  texts_.emplace_back(text);
  ids_.emplace(texts_.back(), id);
  return last_ = id;
}

}  // namespace backtest
