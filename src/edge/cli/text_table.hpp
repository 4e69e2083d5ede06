// Rows of text in aligned columns, for terminals.
#pragma once

#include <string>
#include <vector>

namespace backtest {

class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header) : rows_{std::move(header)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  // The first column is left-aligned, the others right-aligned.
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace backtest
