#include "artifact_store/local/local_artifact_store.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "artifact_store/conformance_for_tests.hpp"
#include "artifact_store/local/beneath.hpp"

namespace backtest {
namespace {

namespace fs = std::filesystem;

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = testing::TempDir() + "artifact_store_XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~TemporaryDirectory() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void write(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

class LocalUnderTest final : public ArtifactStoreUnderTest {
 public:
  ArtifactStore& store() override { return *store_; }
  void put_old_result(const std::string& run_id, const std::string& name, const std::string& bytes) override {
    write(directory_.path() / "output" / run_id / name, bytes);
  }

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<ArtifactStore> store_ = make_local_artifact_store(directory_.path() / "output");
};

const bool joined = register_artifact_store_backend({"local", [] { return std::make_unique<LocalUnderTest>(); }});

class LocalArtifactStoreTest : public testing::Test {
 protected:
  LocalArtifactStoreTest() { write(outside_.path() / "secret", "secret"); }

  bool is_readable(const std::string& name, const std::string& prefix = "") {
    return store_->open("run", prefix, name, {}).has_value();
  }

  TemporaryDirectory output_, outside_;
  std::unique_ptr<ArtifactStore> store_ = make_local_artifact_store(output_.path());
};

TEST_F(LocalArtifactStoreTest, FollowsNoLink) {
  write(output_.path() / "run/a", "1");
  fs::create_symlink(outside_.path() / "secret", output_.path() / "run/link");
  fs::create_directory_symlink(outside_.path(), output_.path() / "run/directory");
  fs::create_symlink("a", output_.path() / "run/inside");
  EXPECT_TRUE(is_readable("a"));
  EXPECT_FALSE(is_readable("link"));
  EXPECT_FALSE(is_readable("directory/secret"));
  EXPECT_FALSE(is_readable("inside"));
  ASSERT_EQ(store_->list("run", "").size(), 1u);
  store_->remove_run("run");
  EXPECT_TRUE(fs::exists(outside_.path() / "secret"));
}

TEST_F(LocalArtifactStoreTest, TakesNoLinkForARun) {
  fs::create_directory_symlink(outside_.path(), output_.path() / "run");
  EXPECT_FALSE(is_readable("secret"));
  EXPECT_TRUE(store_->list("run", "").empty());
  EXPECT_TRUE(store_->run_ids().empty());
  EXPECT_ANY_THROW(store_->begin("run", 1, "abc"));
  store_->remove_run("run");
  EXPECT_TRUE(fs::exists(outside_.path() / "secret"));
}

TEST_F(LocalArtifactStoreTest, RemovesNoAttemptThroughALink) {
  fs::create_directories(outside_.path() / "1-abc");
  fs::create_directories(output_.path() / "run");
  fs::create_directory_symlink(outside_.path(), output_.path() / "run/attempts");
  store_->remove_attempt("run", "attempts/1-abc");
  EXPECT_TRUE(store_->attempts("run").empty());
  EXPECT_TRUE(fs::exists(outside_.path() / "1-abc"));
}

TEST_F(LocalArtifactStoreTest, ReadsRegularFilesOnly) {
  fs::create_directories(output_.path() / "run/directory");
  ASSERT_EQ(mkfifo((output_.path() / "run/pipe").c_str(), 0600), 0);
  EXPECT_FALSE(is_readable("pipe"));  // and does not wait for a writer
  EXPECT_FALSE(is_readable("directory"));
}

TEST_F(LocalArtifactStoreTest, SaysWhyADirectoryCannotBeUsed) {
  write(output_.path() / "file", "");
  EXPECT_THROW(make_local_artifact_store(output_.path() / "file")->check(), std::runtime_error);
  EXPECT_THROW(make_local_artifact_store(output_.path() / "file/below")->check(), std::runtime_error);
  EXPECT_NO_THROW(make_local_artifact_store(output_.path() / "new/deep")->check());
}

TEST_F(LocalArtifactStoreTest, KeepsToTheDirectoryWithoutOpenat2) {
  write(output_.path() / "run/a", "1");
  fs::create_symlink(outside_.path() / "secret", output_.path() / "run/link");
  fs::create_directory_symlink(outside_.path(), output_.path() / "run/directory");
  const Descriptor root(open(output_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const auto opens = [&](const std::string& name) { return bool(open_each_segment(root.number(), name, O_RDONLY)); };
  EXPECT_TRUE(opens("run/a"));
  for (const char* name : {"run/link", "run/directory/secret", "run/../run/a", "../x", "/etc/passwd", "run//a"}) {
    EXPECT_FALSE(opens(name)) << name;
  }
}

}  // namespace
}  // namespace backtest
