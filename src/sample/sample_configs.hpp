// The configs and the README that come with the sample market.
#pragma once

#include <string_view>
#include <vector>

namespace backtest {

struct SampleFile {
  std::string_view name;
  std::string_view text;
};

std::vector<SampleFile> sample_files();

}  // namespace backtest
