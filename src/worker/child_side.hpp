// What a process that the service started for one job does first, and how it speaks: a line on standard input asks, and
// lines on what was standard output answer.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace backtest {

// The whole environment of such a process: nothing of the service's own, where secrets are.
const std::vector<std::string>& child_environment();

// Whatever prints to standard output from here on would be read as an answer: it goes to standard error. Gives the
// descriptor that answers are written to; -1 where there is none to be had.
int take_standard_output();

// Standard input up to the end of its first line; empty where it ended before, or is longer than `most_bytes`.
std::string read_line_of_input(std::size_t most_bytes);

// All of it. Ends the process where nobody reads any more.
void write_or_exit(int descriptor, std::string_view bytes);

}  // namespace backtest
