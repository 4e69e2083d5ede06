// Each file of testdata/broken and what is said about it. BACKTEST_UPDATE_GOLDEN=1 rewrites the expectations.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "data/load.hpp"
#include "data/temporary_files_for_tests.hpp"

namespace backtest {
namespace {

namespace fs = std::filesystem;

const fs::path corpus = fs::path(BACKTEST_SOURCE_DIR) / "src/data/testdata/broken";

// The file's first word says what it is in the request; the other files of the request are sound.
LoadRequest request_for(const std::string& file, const std::string& sound_prices) {
  LoadRequest request;
  request.price_path = sound_prices;
  request.symbols = {"AAA", "BBB"};
  request.start_date = make_date(2024, 1, 1);
  request.end_date = make_date(2024, 12, 31);
  const std::string kind = file.substr(0, file.find('_'));
  if (kind == "prices" || kind == "wide") request.price_path = file;
  if (kind == "wide") {
    request.wide = true;
    request.fill_policy = FillPolicy::next_close;
  }
  if (kind == "signals") {
    request.signal_path = file;
    request.signal_columns = {"score"};
  }
  if (kind == "targets") request.target_paths = {file};
  if (kind == "benchmark") request.benchmark_path = file;
  return request;
}

std::string verdict(const std::string& file, const std::string& sound_prices) {
  try {
    load_market_data(request_for(file, sound_prices));
    return "loads without a complaint\n";
  } catch (const InvalidInput& invalid) {
    return std::string(invalid.what()) + "\n";
  }
}

TEST(BrokenFiles, AreNamedAndExplained) {
  const TemporaryFiles files;
  const std::string sound = files.write("sound.csv",
                                        "date,symbol,open,close\n2024-01-02,AAA,1,2\n2024-01-03,AAA,1,2\n"
                                        "2024-01-02,BBB,1,2\n2024-01-03,BBB,1,2\n");
  std::set<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(corpus)) {
    if (entry.path().extension() != ".expected") names.insert(entry.path().filename().string());
  }
  EXPECT_GE(names.size(), 30U);
  const fs::path before = fs::current_path();
  fs::current_path(corpus);  // messages name files as they were given
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    const std::string actual = verdict(name, sound);
    const fs::path golden = corpus / (name + ".expected");
    if (std::getenv("BACKTEST_UPDATE_GOLDEN") != nullptr) std::ofstream(golden, std::ios::binary) << actual;
    std::stringstream expected;
    expected << std::ifstream(golden, std::ios::binary).rdbuf();
    EXPECT_EQ(actual, expected.str());
    EXPECT_EQ(actual.find("without a complaint"), std::string::npos);
  }
  fs::current_path(before);
}

}  // namespace
}  // namespace backtest
