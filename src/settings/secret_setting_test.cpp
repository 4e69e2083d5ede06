#include "settings/secret_setting.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/diagnostic.hpp"
#include "settings/parse_settings.hpp"

namespace backtest {
namespace {

TEST(SecretSetting, EveryDsnMayComeFromAFile) {
  std::string name = testing::TempDir() + "secret_setting_XXXXXX";
  const std::filesystem::path directory = mkdtemp(name.data());
  const std::string file = (directory / "secret").string();
  std::ofstream(file) << "host=db password=from-the-file\n";
  struct Case {
    const char* variable;
    Secret Settings::* member;
  };
  for (const Case& c : {Case{"BACKTEST_POSTGRES_DSN", &Settings::postgres_dsn},
                        Case{"BACKTEST_POSTGRES_DIRECT_DSN", &Settings::postgres_direct_dsn},
                        Case{"BACKTEST_MIGRATE_DSN", &Settings::migrate_dsn}}) {
    const std::string of_file = std::string(c.variable) + "_FILE";
    const Settings settings = parse_settings({{of_file, file}}, Role::maintenance);
    EXPECT_EQ((settings.*c.member).reveal(), "host=db password=from-the-file") << c.variable;
    EXPECT_TRUE(settings.warnings.empty()) << settings.warnings.front();
    for (const Environment& wrong : {Environment{{of_file, file}, {c.variable, "host=other"}},
                                     Environment{{of_file, (directory / "absent").string()}}}) {
      try {
        parse_settings(wrong, Role::maintenance);
        ADD_FAILURE() << c.variable;
      } catch (const InvalidInput& error) {
        EXPECT_NE(std::string(error.what()).find(of_file), std::string::npos) << error.what();
        EXPECT_EQ(std::string(error.what()).find("from-the-file"), std::string::npos);
      }
    }
  }
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace backtest
