// Each config of testdata/broken and all that is said about it. BACKTEST_UPDATE_GOLDEN=1 rewrites the expectations.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "spec/config_for_tests.hpp"

namespace backtest {
namespace {

namespace fs = std::filesystem;

const fs::path corpus = fs::path(BACKTEST_SOURCE_DIR) / "src/spec/testdata/broken";

std::string read(const fs::path& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

TEST(BrokenConfigs, AreNamedAndExplained) {
  std::set<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(corpus)) {
    if (entry.path().extension() != ".expected") names.insert(entry.path().filename().string());
  }
  EXPECT_GE(names.size(), 90U);
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    const std::string actual = complaints(read(corpus / name), name) + "\n";
    const fs::path golden = corpus / (name + ".expected");
    if (std::getenv("BACKTEST_UPDATE_GOLDEN") != nullptr) std::ofstream(golden, std::ios::binary) << actual;
    EXPECT_EQ(actual, read(golden));
    EXPECT_NE(actual, "\n") << "it parses";
  }
}

}  // namespace
}  // namespace backtest
