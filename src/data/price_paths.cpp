#include "data/price_paths.hpp"

#include <optional>
#include <string_view>
#include <unordered_set>

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

std::vector<PricePath> price_paths(const LoadRequest& request) {
  if (!find_placeholder(request.price_path, 0)) return {{.path = request.price_path, .symbol = ""}};
  if (request.all_symbols) refuse(request.price_path, "{symbol} needs a list of symbols: 'all' names no files");
  if (request.wide)
    refuse(request.price_path, "a wide table holds every symbol in one file: {symbol} has no place in its path");
  std::vector<std::string> symbols = request.symbols;
  if (request.benchmark_symbol) symbols.push_back(*request.benchmark_symbol);
  std::vector<PricePath> paths;
  std::unordered_set<std::string_view> seen;
  for (const std::string& symbol : symbols) {
    if (!seen.insert(symbol).second) continue;
    check_symbol_is_a_name(request.price_path, symbol);
    paths.push_back({.path = substituted(request.price_path, symbol), .symbol = symbol});
  }
  return paths;
}

}  // namespace backtest
