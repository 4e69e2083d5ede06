// What shells and man(1) know of the command line, written from the declared commands themselves.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace backtest {

// A script for bash: commands, their options, and the words that an option or argument takes.
std::string bash_completion(const CLI::App& app);

// backtest(1) in troff: every command with its options, the environment, the exit status.
std::string manual_page(const CLI::App& app);

}  // namespace backtest
