// What every store that keeps data sets promises (dataset_store.hpp).
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "artifact_store/conformance_for_tests.hpp"
#include "artifact_store/dataset_store.hpp"
#include "base/sha256.hpp"

namespace backtest {
namespace {

class DatasetConformance : public testing::TestWithParam<ArtifactStoreBackend> {
 protected:
  DatasetConformance() : under_test_(GetParam().make()), store_(under_test_->store()) { store_.check(); }

  DatasetStore& datasets() { return *store_.datasets(); }

  std::string keep(const std::string& bytes) {
    const auto upload = datasets().begin();
    upload->append(bytes);
    const std::string content = sha256_hex(bytes) + ".csv";
    datasets().keep(*upload, content);
    return content;
  }

  std::string copied(const std::string& content) {
    std::string name = testing::TempDir() + "dataset_XXXXXX";
    close(mkstemp(name.data()));
    std::filesystem::remove(name);
    if (!datasets().copy(content, name)) return "<not found>";
    std::ifstream file(name, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(file), {}};
    std::filesystem::remove(name);
    return bytes;
  }

  std::unique_ptr<ArtifactStoreUnderTest> under_test_;
  ArtifactStore& store_;
  const std::string version_ = "0123456789abcdef";
  const std::string other_ = "fedcba9876543210";
};

TEST_P(DatasetConformance, KeepsContentsOnce) {
  EXPECT_TRUE(datasets().contents().empty());
  const std::string content = keep("date,close\n");
  const std::int64_t first = datasets().contents().at(0).modified_at;
  EXPECT_EQ(keep("date,close\n"), content);
  ASSERT_EQ(datasets().contents().size(), 1u);
  EXPECT_EQ(datasets().contents().at(0).name, content);
  EXPECT_EQ(datasets().contents().at(0).size_bytes, 11u);
  EXPECT_GE(datasets().contents().at(0).modified_at, first);
  EXPECT_EQ(copied(content), "date,close\n");
  EXPECT_TRUE(datasets().place(content).ends_with("/" + content));
  datasets().remove_content(content);
  datasets().remove_content(content);
  EXPECT_EQ(copied(content), "<not found>");
  EXPECT_TRUE(datasets().contents().empty());
}

TEST_P(DatasetConformance, AnUploadThatIsGivenUpLeavesNothing) {
  datasets().begin()->append("half");
  EXPECT_TRUE(datasets().contents().empty());
  EXPECT_TRUE(store_.run_ids().empty());
}

TEST_P(DatasetConformance, KeepsEntriesByNameAndVersion) {
  EXPECT_FALSE(datasets().entry("prices", version_));
  EXPECT_TRUE(datasets().entries().empty());
  datasets().put_entry("prices", version_, "one");
  datasets().put_entry("prices", other_, "two");
  datasets().put_entry("a.b", version_, "three");
  EXPECT_EQ(datasets().entry("prices", version_), "one");
  const std::vector<StoredEntry> all = datasets().entries();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].dataset, "a.b");
  EXPECT_EQ(all[1].version, version_);
  EXPECT_EQ(datasets().entries("prices").size(), 2u);
  EXPECT_TRUE(datasets().entries("price").empty());
  datasets().put_entry("prices", version_, "changed");
  EXPECT_EQ(datasets().entry("prices", version_), "changed");
  EXPECT_NE(datasets().entries("prices")[0].identity, all[1].identity);
  EXPECT_TRUE(datasets().remove_entry("prices", version_));
  EXPECT_FALSE(datasets().remove_entry("prices", version_));
  EXPECT_EQ(datasets().entries("prices").size(), 1u);
  EXPECT_TRUE(store_.run_ids().empty());
}

TEST_P(DatasetConformance, CreatesAnEntryOnlyWhereThereIsNone) {
  EXPECT_TRUE(datasets().create_entry("prices", version_, "one"));
  EXPECT_FALSE(datasets().create_entry("prices", version_, "two"));
  EXPECT_EQ(datasets().entry("prices", version_), "one");
  EXPECT_EQ(datasets().entries().size(), 1u);
  EXPECT_TRUE(datasets().remove_entry("prices", version_));
  EXPECT_TRUE(datasets().create_entry("prices", version_, "two"));
  EXPECT_EQ(datasets().entry("prices", version_), "two");
}

TEST_P(DatasetConformance, TakesNoNameThatLeadsElsewhere) {
  for (const char* name : {"../x", "a/b", "", ".", "a\\b"}) {
    EXPECT_FALSE(datasets().entry(name, version_)) << name;
    EXPECT_FALSE(datasets().remove_entry(name, version_)) << name;
  }
  EXPECT_FALSE(datasets().entry("prices", "../../x"));
}

INSTANTIATE_TEST_SUITE_P(Backend, DatasetConformance, testing::ValuesIn(artifact_store_backends()),
                         [](const auto& info) { return info.param.name; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(DatasetConformance);

}  // namespace
}  // namespace backtest
