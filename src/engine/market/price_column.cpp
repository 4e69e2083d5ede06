#include "engine/market/price_column.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/diagnostic.hpp"

namespace backtest {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace

std::optional<PriceColumn> PriceColumn::find(const Panel& prices, std::string_view name) {
  const std::string wanted = lower(name);
  const std::array<std::pair<std::string_view, std::span<const double>>, 5> fields = {{{"open", prices.open},
                                                                                       {"high", prices.high},
                                                                                       {"low", prices.low},
                                                                                       {"close", prices.close},
                                                                                       {"volume", prices.volume}}};
  for (std::size_t k = 0; k < fields.size(); ++k) {
    if (fields[k].first != wanted) continue;
    if (fields[k].second.empty()) return std::nullopt;
    return PriceColumn(static_cast<Kind>(k));
  }
  for (std::size_t k = 0; k < prices.extra_columns.size(); ++k) {
    if (lower(prices.extra_columns[k]) == wanted) return PriceColumn(Kind::extra, k);
  }
  return std::nullopt;
}

PriceColumn PriceColumn::require(const Panel& prices, std::string_view name) {
  if (const auto column = find(prices, name)) return *column;
  Diagnostic diagnostic;
  diagnostic.column = std::string(name);
  diagnostic.message = "the price table has no column '" + std::string(name) + "', which the strategy reads";
  throw InvalidInput(diagnostic);
}

double PriceColumn::value(const MarketView& market, std::size_t bar, InstrumentIndex i) const {
  switch (kind_) {
    case Kind::open:
      return market.open(bar, i);
    case Kind::high:
      return market.high(bar, i);
    case Kind::low:
      return market.low(bar, i);
    case Kind::close:
      return market.close(bar, i);
    case Kind::volume:
      return market.volume(bar, i);
    case Kind::extra:
      return market.extra(extra_, bar, i);
  }
  return missing;
}

std::span<const double> PriceColumn::row(const MarketView& market, std::size_t bar) const {
  switch (kind_) {
    case Kind::open:
      return market.open_row(bar);
    case Kind::high:
      return market.high_row(bar);
    case Kind::low:
      return market.low_row(bar);
    case Kind::close:
      return market.close_row(bar);
    case Kind::volume:
      return market.volume_row(bar);
    case Kind::extra:
      return market.extra_row(extra_, bar);
  }
  return {};
}

}  // namespace backtest
