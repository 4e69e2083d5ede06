#include "data/request_parts.hpp"

#include <optional>
#include <set>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/ascii_text.hpp"
#include "base/diagnostic.hpp"
#include "data/cell_text.hpp"
#include "data/refuse_file.hpp"
#include "data/table_source.hpp"

namespace backtest {

namespace {

struct Placeholder {
  std::size_t begin;
  std::size_t end;
};

// "{symbol}" with blanks inside the braces as one likes.
std::optional<Placeholder> find_placeholder(std::string_view path, std::size_t from) {
  for (std::size_t begin = path.find('{', from); begin != std::string_view::npos; begin = path.find('{', begin + 1)) {
    const std::size_t end = path.find('}', begin);
    if (end == std::string_view::npos) return std::nullopt;
    if (trimmed(path.substr(begin + 1, end - begin - 1)) == "symbol") return Placeholder{begin, end + 1};
  }
  return std::nullopt;
}

std::string substituted(const std::string& path, const std::string& symbol) {
  std::string result;
  std::size_t at = 0;
  while (const auto placeholder = find_placeholder(path, at)) {
    result += path.substr(at, placeholder->begin - at) + symbol;
    at = placeholder->end;
  }
  return result + path.substr(at);
}

void check_symbol_is_a_name(const std::string& path, const std::string& symbol) {
  const bool escapes =
      symbol.find_first_of("/\\") != std::string::npos || symbol.contains("..") || symbol.contains('\0');
  if (!escapes) return;
  throw InvalidInput(Diagnostic{
      .file = path,
      .message = "symbol '" + symbol + "' cannot stand for {symbol}: a file's name holds no '/', '\\' or '..'"});
}

std::vector<TablePart> parts_in(const LoadRequest& request, const std::shared_ptr<const TableSource>& tables,
                                const std::string& path, const RowsWanted& rows) {
  return tables ? tables->parts(path, rows) : table_parts(*request.sources, path);
}

// Of one symbol where the path holds {symbol}.
std::vector<TablePart> parts_of_symbol(const LoadRequest& request, const std::string& symbol, const RowsWanted& rows) {
  check_symbol_is_a_name(request.price_path, symbol);
  const bool pattern = is_pattern(request.price_path);
  const std::string path = substituted(request.price_path, pattern ? escaped_for_pattern(symbol) : symbol);
  // A symbol like BRK* makes no pattern of a path that is none.
  std::vector<TablePart> parts = !pattern && is_pattern(path)
                                     ? std::vector{TablePart{.path = path, .symbol = "", .day = {}}}
                                     : parts_in(request, request.price_tables, path, rows);
  for (TablePart& part : parts) part.symbol = symbol;
  return parts;
}

bool is_template(const LoadRequest& request) {
  return find_placeholder(request.price_path, 0).has_value();
}

// Of the universe, and of a benchmark in the price table.
RowsWanted rows_wanted(const LoadRequest& request) {
  RowsWanted rows{.symbols = std::nullopt,
                  .first = request.start_date,
                  .last = request.end_date,
                  .warmup_bars = request.warmup_bars};
  if (request.all_symbols) return rows;
  std::set<std::string> symbols;
  for (const std::string& symbol : request.symbols) symbols.emplace(trimmed(symbol));
  if (request.benchmark_symbol) symbols.insert(*request.benchmark_symbol);
  rows.symbols.emplace(symbols.begin(), symbols.end());
  return rows;
}

}  // namespace

std::vector<TablePart> reference_parts(const LoadRequest& request, const std::string& symbol,
                                       std::optional<Date> first) {
  RowsWanted rows = rows_wanted(request);
  rows.symbols = {symbol};
  rows.first = first;
  if (is_template(request)) return parts_of_symbol(request, symbol, rows);
  return parts_in(request, request.price_tables, request.price_path, rows);
}

std::vector<TablePart> price_parts(const LoadRequest& request) {
  const RowsWanted rows = rows_wanted(request);
  if (!is_template(request)) return parts_in(request, request.price_tables, request.price_path, rows);
  if (request.all_symbols) refuse_file(request.price_path, "{symbol} needs a list of symbols: 'all' names no files");
  if (request.wide)
    refuse_file(request.price_path, "a wide table holds every symbol in one file: {symbol} has no place in its path");
  std::vector<std::string> symbols = request.symbols;
  if (request.benchmark_symbol) symbols.push_back(*request.benchmark_symbol);
  std::vector<TablePart> paths;
  std::unordered_set<std::string_view> taken;
  for (const std::string& symbol : symbols) {
    if (!taken.insert(symbol).second) continue;
    std::vector<TablePart> parts = parts_of_symbol(request, symbol, rows);
    paths.insert(paths.end(), parts.begin(), parts.end());
  }
  return paths;
}

std::vector<TablePart> signal_parts(const LoadRequest& request) {
  RowsWanted rows = rows_wanted(request);
  rows.warmup_bars = 0;
  return parts_in(request, request.signal_tables, *request.signal_path, rows);
}

std::vector<TablePart> other_parts(const LoadRequest& request, const std::string& path) {
  return parts_in(request, request.other_tables, path,
                  {.symbols = std::nullopt, .first = std::nullopt, .last = request.end_date});
}

}  // namespace backtest
