#include "base/allowed_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

namespace backtest {
namespace {

namespace fs = std::filesystem;

class AllowedFileTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/backtest-allowed-XXXXXX";
    root_ = mkdtemp(name);
    fs::create_directories(root_ / "data/px");
    fs::create_directories(root_ / "secret");
    std::ofstream(root_ / "data/px/A.csv") << "date\n";
    std::ofstream(root_ / "secret/key") << "no\n";
    fs::create_symlink(root_ / "secret/key", root_ / "data/escape.csv");
    fs::create_symlink(root_ / "secret", root_ / "data/escape");
    fs::create_symlink("px/A.csv", root_ / "data/inside.csv");
    ASSERT_EQ(mkfifo((root_ / "data/pipe").c_str(), 0600), 0);
  }
  void TearDown() override { fs::remove_all(root_); }

  // 0 when it opened, else errno.
  int opened(const std::string& path) {
    const int descriptor = open_allowed(path, {(root_ / "nothing").string(), (root_ / "data").string()});
    if (descriptor < 0) return errno;
    close(descriptor);
    return 0;
  }
  fs::path root_;
};

TEST_F(AllowedFileTest, OpensOnlyBelowAnAllowedDirectory_SEC4) {
  const std::string data = (root_ / "data").string();
  struct Case {
    std::string path;
    int expected;
  };
  for (const Case& c : std::vector<Case>{
           {data + "/px/A.csv", 0},
           {data + "/./px/../px/A.csv", 0},
           {data + "/inside.csv", 0},
           {data, 0},
           {data + "/px/B.csv", ENOENT},
           {data + "/escape.csv", EACCES},
           {data + "/escape/key", EACCES},
           {data + "/../secret/key", EACCES},
           {data + "-sibling", EACCES},
           {(root_ / "secret/key").string(), EACCES},
           {"/etc/passwd", EACCES},
           {data + "/pipe", EACCES},
           {"", EACCES},
           {data + "/px/A.csv" + std::string(1, '\0') + ".csv", EACCES},
       }) {
    EXPECT_EQ(opened(c.path), c.expected) << c.path;
  }
}

TEST_F(AllowedFileTest, NoAllowedDirectoryAllowsNothing) {
  EXPECT_EQ(open_allowed((root_ / "data/px/A.csv").string(), {}), -1);
  EXPECT_EQ(errno, EACCES);
}

TEST_F(AllowedFileTest, TemplatesAreJudgedByTheirDirectory) {
  const std::vector<std::string> allowed = {(root_ / "data").string()};
  EXPECT_TRUE(path_allowed((root_ / "data/px/day-{symbol}.csv").string(), allowed));
  EXPECT_TRUE(path_allowed((root_ / "data/new/file.csv").string(), allowed));
  EXPECT_FALSE(path_allowed((root_ / "data/escape/{symbol}.csv").string(), allowed));
  EXPECT_FALSE(path_allowed((root_ / "data/{symbol}/../../secret/key").string(), allowed));
  EXPECT_FALSE(path_allowed((root_ / "{symbol}/A.csv").string(), allowed));
}

}  // namespace
}  // namespace backtest
