#include "data/universe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "base/ascii_text.hpp"
#include "engine/model/row_kind.hpp"

namespace backtest {

namespace {

constexpr std::size_t named_at_most = 20;

std::string named(const std::vector<std::string>& symbols) {
  std::string text;
  for (std::size_t i = 0; i < symbols.size() && i < named_at_most; ++i) text += (i == 0 ? "" : ", ") + symbols[i];
  if (symbols.size() > named_at_most) text += fmt::format(" and {} more", symbols.size() - named_at_most);
  return text;
}

// What the table offers instead: symbols with rows, and those of columns, which are not read where the universe lacks
// them.
std::string offered(const SymbolTable& symbols, const BarSurvey& survey, std::size_t universe_size,
                    std::vector<std::string> seen) {
  for (SymbolId id = static_cast<SymbolId>(universe_size); id < symbols.size(); ++id) {
    if (!survey.has_row(id)) seen.push_back(symbols.text(id));
  }
  return seen.empty() ? "no rows" : named(seen);
}

std::vector<std::string> symbols_in_table(const SymbolTable& symbols, const BarSurvey& survey) {
  std::vector<std::string> seen;
  for (SymbolId id = 0; id < symbols.size(); ++id) {
    if (survey.has_row(id)) seen.push_back(symbols.text(id));
  }
  std::ranges::sort(seen);
  return seen;
}

void check_benchmark(const LoadRequest& request, const std::vector<std::string>& seen) {
  if (!request.benchmark_symbol || request.benchmark_path ||
      std::ranges::binary_search(seen, *request.benchmark_symbol))
    return;
  throw InvalidInput(
      Diagnostic{.file = request.price_path,
                 .path = "benchmark.symbol",
                 .message = fmt::format("'{}' has no row in the price table", *request.benchmark_symbol)});
}

}  // namespace

std::size_t intern_universe(const LoadRequest& request, SymbolTable& symbols) {
  if (request.all_symbols) return 0;
  std::set<std::string_view> distinct;
  for (const std::string& symbol : request.symbols) distinct.insert(trimmed(symbol));
  for (const std::string_view symbol : distinct) symbols.intern(symbol);
  return symbols.size();
}

PanelUniverse make_universe(const LoadRequest& request, const SymbolTable& symbols, const BarSurvey& survey,
                            std::vector<Diagnostic>& warnings) {
  const std::vector<std::string> seen = symbols_in_table(symbols, survey);
  PanelUniverse universe;
  if (request.all_symbols) {
    universe.instruments = seen;
  } else {
    std::vector<std::string> silent;
    for (const std::string& symbol : request.symbols) universe.instruments.emplace_back(trimmed(symbol));
    std::ranges::sort(universe.instruments);
    const auto repeated = std::ranges::unique(universe.instruments);
    universe.instruments.erase(repeated.begin(), repeated.end());
    for (const std::string& symbol : universe.instruments) {
      if (!std::ranges::binary_search(seen, symbol)) silent.push_back(symbol);
    }
    if (silent.size() == universe.instruments.size() && survey.problems.empty()) {
      throw InvalidInput(Diagnostic{
          .file = request.price_path,
          .message = fmt::format("none of the universe's symbols has a row ({}); the table has {}", named(silent),
                                 offered(symbols, survey, universe.instruments.size(), seen))});
    }
    if (!silent.empty()) {
      warnings.push_back(
          {.file = request.price_path, .message = fmt::format("no row of {} in the price table", named(silent))});
    }
  }
  if (survey.problems.empty()) check_benchmark(request, seen);
  universe.place_of_symbol.assign(symbols.size(), not_read);
  for (SymbolId id = 0; id < symbols.size(); ++id) {
    const auto found = std::ranges::lower_bound(universe.instruments, symbols.text(id));
    const bool is_in = found != universe.instruments.end() && *found == symbols.text(id);
    const bool is_benchmark = request.benchmark_symbol == symbols.text(id) && !request.benchmark_path;
    if (is_in) universe.place_of_symbol[id] = static_cast<std::uint32_t>(found - universe.instruments.begin());
    if (!is_in && is_benchmark) universe.place_of_symbol[id] = static_cast<std::uint32_t>(universe.instruments.size());
    if (is_benchmark) universe.benchmark_place = universe.place_of_symbol[id];
  }
  return universe;
}

void refuse_empty_range(const LoadRequest& request, const BarSurvey& survey) {
  const auto extent = survey.extent();
  if (!extent) throw InvalidInput(Diagnostic{.file = request.price_path, .message = "the table has no rows"});
  throw InvalidInput(
      Diagnostic{.file = request.price_path,
                 .message = fmt::format("no row of the universe between {} and {}; its rows lie between {} and {}",
                                        to_text(request.start_date), to_text(request.end_date), to_text(extent->first),
                                        to_text(extent->second))});
}

void report_silent_instruments(const LoadRequest& request, const Panel& panel, const BarSurvey& survey,
                               const SymbolTable& symbols, std::vector<Diagnostic>& warnings) {
  std::vector<std::uint8_t> kinds(panel.instrument_count());
  for (std::size_t bar = 0; bar < panel.bar_count(); ++bar) {
    const auto row = panel.has_row.subspan(bar * panel.instrument_count(), panel.instrument_count());
    for (std::size_t i = 0; i < row.size(); ++i) kinds[i] |= row[i];
  }
  std::vector<std::string> silent;
  std::vector<std::string> priceless;
  for (SymbolId id = 0; id < symbols.size(); ++id) {
    if (!survey.has_row(id)) continue;  // named already
    const auto found = std::ranges::lower_bound(panel.instruments, symbols.text(id));
    if (found == panel.instruments.end() || *found != symbols.text(id)) continue;
    const std::uint8_t kind = kinds[static_cast<std::size_t>(found - panel.instruments.begin())];
    if (kind == 0) silent.push_back(*found);
    if (kind == row_without_price) priceless.push_back(*found);
  }
  const auto warn = [&](std::vector<std::string>& names, const char* what) {
    if (names.empty()) return;
    std::ranges::sort(names);
    warnings.push_back({.file = request.price_path,
                        .message = fmt::format("{} {} rows, but {} between {} and {}", named(names),
                                               names.size() == 1 ? "has" : "have", what, to_text(panel.dates.front()),
                                               to_text(request.end_date))});
  };
  warn(silent, "none");
  warn(priceless, "no price");
}

}  // namespace backtest
