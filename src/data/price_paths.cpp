#include "data/price_paths.hpp"

#include <optional>
#include <set>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/ascii_text.hpp"
#include "base/diagnostic.hpp"
#include "data/cell_text.hpp"

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

[[noreturn]] void refuse(const std::string& path, std::string why) {
  throw InvalidInput(Diagnostic{.file = path, .message = std::move(why)});
}

}  // namespace

std::vector<TablePart> price_paths_of(const LoadRequest& request, const std::string& symbol) {
  if (!find_placeholder(request.price_path, 0)) return table_parts(*request.sources, request.price_path);
  check_symbol_is_a_name(request.price_path, symbol);
  const bool pattern = is_pattern(request.price_path);
  const std::string path = substituted(request.price_path, pattern ? escaped_for_pattern(symbol) : symbol);
  // A symbol like BRK* makes no pattern of a path that is none.
  std::vector<TablePart> parts = !pattern && is_pattern(path)
                                     ? std::vector{TablePart{.path = path, .symbol = "", .day = {}}}
                                     : table_parts(*request.sources, path);
  for (TablePart& part : parts) part.symbol = symbol;
  return parts;
}

std::vector<TablePart> price_paths(const LoadRequest& request) {
  if (!find_placeholder(request.price_path, 0)) return table_parts(*request.sources, request.price_path);
  if (request.all_symbols) refuse(request.price_path, "{symbol} needs a list of symbols: 'all' names no files");
  if (request.wide)
    refuse(request.price_path, "a wide table holds every symbol in one file: {symbol} has no place in its path");
  std::vector<std::string> symbols = request.symbols;
  if (request.benchmark_symbol) symbols.push_back(*request.benchmark_symbol);
  std::vector<TablePart> paths;
  std::unordered_set<std::string_view> taken;
  for (const std::string& symbol : symbols) {
    if (!taken.insert(symbol).second) continue;
    std::vector<TablePart> parts = price_paths_of(request, symbol);
    paths.insert(paths.end(), parts.begin(), parts.end());
  }
  return paths;
}

}  // namespace backtest
