// A synthetic market and ready configs, equal to the byte on every machine.
#pragma once

#include <filesystem>

namespace backtest {

// Creates `directory` and writes prices.csv, signals.csv, a README and the configs. Throws where it cannot.
void write_sample(const std::filesystem::path& directory);

}  // namespace backtest
