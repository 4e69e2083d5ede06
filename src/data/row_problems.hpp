// What is wrong with the rows of the inputs: all of it counted, the first hundred told.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/diagnostic.hpp"

namespace backtest {

class RowProblems {
 public:
  static constexpr std::size_t told_at_most = 100;

  void add(Diagnostic problem);
  void merge(RowProblems&& other);
  bool empty() const { return count_ == 0; }
  std::size_t count() const { return count_; }

  // In the order of files as they were first named, then of lines; a last entry counts those left out.
  std::vector<Diagnostic> told() const;
  void throw_if_any() const;

 private:
  std::vector<Diagnostic> first_;
  std::size_t count_ = 0;
};

}  // namespace backtest
