// Progress of a run on standard error: a bar on a terminal, a few plain lines otherwise.
#pragma once

#include <cstddef>
#include <string>

#include "execute/execute.hpp"

namespace backtest {

enum class ProgressStyle { automatic, plain, none };

class ProgressLine {
 public:
  ProgressLine(ProgressStyle style, bool is_terminal);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const Progress& progress);
  // Ends an unfinished bar, so that what follows starts on its own line.
  void clear();

 private:
  void show_bar(const Progress& progress);
  void show_plain(const Progress& progress);

  bool bar_ = false;
  bool plain_ = false;
  bool bar_is_drawn_ = false;
  Phase phase_ = Phase::loading;
  bool phase_was_shown_ = false;
  std::size_t tenth_shown_ = 0;
};

}  // namespace backtest
