// What is wrong with a config, a data file or a result, worded for the person who will act on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace backtest {

// How much a warning matters to whoever signs the numbers. high: the portfolio or its numbers are not what the config
// reads like. low: nothing that was computed is different, such as an undefined metric. An error needs none.
enum class Importance : std::uint8_t { low, normal, high };

struct Diagnostic {
  std::string file;      // as the user named it; empty where there is none
  std::size_t line = 0;  // 1-based; 0 = unknown
  std::string column;    // a config's 1-based column number, or a table's column name; empty = unknown
  std::string path;      // dotted config path ("broker.lot_size"); empty for data
  std::string message;   // what is wrong, what is allowed, did you mean

  // Of warnings; the message does not repeat them.
  Importance importance = Importance::normal;
  std::size_t count = 0;    // how often; 0 = once, or the message says it
  std::string first = {};   // where it was so first: "2024-01-31 SPY"
  std::string remedy = {};  // what to do about it: "set constraints.allow_short: true"

  // "file:line:column: path: message (12 times, first 2024-01-31 SPY); remedy", leaving out what is unknown.
  std::string text() const;
  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

// The config or the data is wrong (exit status 2, HTTP 400): everything found in one pass.
class InvalidInput : public std::runtime_error {
 public:
  explicit InvalidInput(std::vector<Diagnostic> diagnostics);
  explicit InvalidInput(Diagnostic diagnostic);
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

 private:
  std::vector<Diagnostic> diagnostics_;
};

// The word of `allowed` nearest to `word` when it is near enough to be a slip, else empty. Ties: the first.
std::string_view nearest_word(std::string_view word, const std::vector<std::string_view>& allowed);

}  // namespace backtest
