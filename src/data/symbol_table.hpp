// Symbols as small numbers, in the order in which they were first met.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>

namespace backtest {

using SymbolId = std::uint32_t;
inline constexpr SymbolId no_symbol = std::numeric_limits<SymbolId>::max();

class SymbolTable {
 public:
  SymbolId intern(std::string_view text);
  const std::string& text(SymbolId id) const { return texts_[id]; }
  std::size_t size() const { return texts_.size(); }

 private:
  std::deque<std::string> texts_;  // a deque: the map's views stay valid
  std::unordered_map<std::string_view, SymbolId> ids_;
  SymbolId last_ = 0;
};

}  // namespace backtest
