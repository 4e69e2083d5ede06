// Every config of the scenarios with known results, where they are at hand, is read and keeps its canonical form.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "spec/config_for_tests.hpp"
#include "spec/resolved_yaml.hpp"

namespace backtest {
namespace {

namespace fs = std::filesystem;

TEST(OracleConfigs, ParseAndResolveToThemselves) {
  const fs::path scenarios = fs::path(BACKTEST_SOURCE_DIR) / "../shared/oracle/scenarios";
  if (!fs::exists(scenarios)) GTEST_SKIP() << "the scenarios are not at hand";
  std::size_t count = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(scenarios)) {
    std::stringstream text;
    text << std::ifstream(entry.path() / "config.yaml").rdbuf();
    const std::string name = entry.path().filename().string();
    SCOPED_TRACE(name);
    EXPECT_EQ(complaints(text.str(), name), "");
    const Spec spec = parse_spec(text.str(), name);
    EXPECT_EQ(parse_spec(spec.resolved).canonical, spec.canonical);
    EXPECT_EQ(parse_spec(resolved_yaml(spec.resolved), "resolved.yaml").canonical, spec.canonical);
    ++count;
  }
  EXPECT_GE(count, 90U);
}

}  // namespace
}  // namespace backtest
