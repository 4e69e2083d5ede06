#include "dataset/dataset_catalog.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <latch>
#include <thread>

#include "artifact_store/local/local_datasets.hpp"
#include "base/sha256.hpp"
#include "dataset/dataset_description.hpp"

namespace backtest {
namespace {

using std::chrono::seconds;

class DatasetCatalogTest : public testing::Test {
 protected:
  DatasetCatalogTest() {
    std::string name = testing::TempDir() + "catalog_XXXXXX";
    directory_ = mkdtemp(name.data());
    store_ = make_local_datasets(directory_);
    catalog_ = std::make_unique<DatasetCatalog>(*store_);
  }
  ~DatasetCatalogTest() override { std::filesystem::remove_all(directory_); }

  DatasetVersion put(const std::string& name, const std::string& bytes, std::int64_t at,
                     const std::string& submitter = "key:ann") {
    const auto upload = store_->begin();
    upload->append(bytes);
    const std::string sha256 = sha256_hex(bytes);
    DatasetVersion version{.name = name,
                           .version = dataset_version(sha256),
                           .sha256 = sha256,
                           .content = sha256 + ".csv",
                           .size_bytes = bytes.size(),
                           .submitter = submitter,
                           .uploaded_at = at,
                           .description = {{"rows", 1}}};
    catalog_->put(*upload, version, [](const DatasetVersion&) { return true; });
    return version;
  }

  bool remove(const DatasetVersion& version, seconds min_age) {
    const bool was_there = catalog_->remove_entry(version);
    catalog_->remove_content(version, min_age);
    return was_there;
  }

  std::string found(const DatasetReference& reference, const DatasetFilter& filter = {}) {
    const SharedDataset version = catalog_->find(reference, filter);
    return version ? version->reference().text() : "none";
  }

  std::filesystem::path directory_;
  std::unique_ptr<DatasetStore> store_;
  std::unique_ptr<DatasetCatalog> catalog_;
};

TEST_F(DatasetCatalogTest, ANameIsTheVersionThatWasPutLast) {
  const DatasetVersion first = put("prices", "one", 1'000'000), second = put("prices", "two", 2'000'000);
  EXPECT_EQ(found({.name = "prices", .version = ""}), second.reference().text());
  EXPECT_EQ(found(first.reference()), first.reference().text());
  put("prices", "one", 3'000'000);
  EXPECT_EQ(found({.name = "prices", .version = ""}), first.reference().text());
  EXPECT_EQ(catalog_->versions("prices").size(), 2u);
  EXPECT_EQ(store_->contents().size(), 2u);
  EXPECT_EQ(found({.name = "other", .version = ""}), "none");
  EXPECT_EQ(found({.name = "other", .version = first.version}), "none");
}

TEST_F(DatasetCatalogTest, KeepsWhatIsToldOfAVersion) {
  const DatasetVersion put_one = put("prices", "one", 1'700'000'000'123'456);
  const SharedDataset read = catalog_->find(put_one.reference());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->sha256, put_one.sha256);
  EXPECT_EQ(read->size_bytes, 3u);
  EXPECT_EQ(read->submitter, "key:ann");
  EXPECT_EQ(read->uploaded_at, put_one.uploaded_at);
  EXPECT_EQ(read->description.at("rows").as_int64(), 1);
}

TEST_F(DatasetCatalogTest, WhoMayNotSeeTheLastVersionSeesTheOneBefore) {
  const DatasetVersion mine = put("prices", "one", 1'000'000);
  put("prices", "two", 2'000'000, "key:bob");
  const auto is_mine = [](const DatasetVersion& version) { return version.submitter == "key:ann"; };
  EXPECT_EQ(found({.name = "prices", .version = ""}, is_mine), mine.reference().text());
}

TEST_F(DatasetCatalogTest, AContentGoesWithTheLastEntryThatNamesIt) {
  const DatasetVersion one = put("prices", "same", 1'000'000), other = put("copy", "same", 1'000'000);
  ASSERT_EQ(store_->contents().size(), 1u);
  EXPECT_TRUE(remove(one, seconds(0)));
  EXPECT_FALSE(remove(one, seconds(0)));
  EXPECT_EQ(store_->contents().size(), 1u);
  EXPECT_TRUE(remove(other, seconds(0)));
  EXPECT_TRUE(store_->contents().empty());
}

TEST_F(DatasetCatalogTest, AYoungContentIsLeftToTheCollection) {
  const DatasetVersion one = put("prices", "same", 1'000'000);
  put("kept", "other", 1'000'000);
  EXPECT_TRUE(remove(one, seconds(3600)));
  EXPECT_EQ(store_->contents().size(), 2u);
  EXPECT_EQ(collect_datasets(*store_, seconds(3600), false).contents, 0u);
  EXPECT_EQ(collect_datasets(*store_, seconds(0), true).contents, 1u);
  EXPECT_EQ(store_->contents().size(), 2u);
  EXPECT_EQ(collect_datasets(*store_, seconds(0), false).bytes, 4u);
  EXPECT_EQ(store_->contents().size(), 1u);
}

TEST_F(DatasetCatalogTest, ListsHoldHeadlinesAndFindTheWhole) {
  put("prices", "one", 1'000'000);
  const auto upload = store_->begin();
  DatasetVersion version = *catalog_->find({.name = "prices", .version = ""});
  version.description["columns"] = json::array{"close"};
  catalog_->put_entry(version);
  EXPECT_EQ(catalog_->list().at(0)->description, (json::object{{"rows", 1}}));
  EXPECT_TRUE(catalog_->find({.name = "prices", .version = ""})->description.contains("columns"));
}

TEST_F(DatasetCatalogTest, WhatADyingProcessLeftIsCollected) {
  put("prices", "one", 1'000'000);
  const auto left = {directory_ / ".datasets/content/.upload-0123", directory_ / ".datasets/entries/prices/.0123"};
  for (const auto& file : left) std::ofstream(file) << "half";
  collect_datasets(*store_, seconds(3600), false);
  for (const auto& file : left) EXPECT_TRUE(std::filesystem::exists(file)) << file;
  collect_datasets(*store_, seconds(0), false);
  for (const auto& file : left) EXPECT_FALSE(std::filesystem::exists(file)) << file;
  EXPECT_EQ(catalog_->list().size(), 1u);
}

TEST_F(DatasetCatalogTest, AnEntryThatIsNoneIsPassedBy) {
  store_->put_entry("broken", "0123456789abcdef", "{");
  store_->put_entry("foreign", "0123456789abcdef", R"({"name":"foreign","sha256":"x"})");
  put("prices", "one", 1'000'000);
  EXPECT_EQ(catalog_->list().size(), 1u);
  EXPECT_EQ(found({.name = "broken", .version = ""}), "none");
}

class PutAtOnce : public DatasetCatalogTest {
 protected:
  static constexpr std::size_t callers = 8;

  // Each caller by a thread of its own, all let go together; what became of each.
  std::vector<DatasetPut> put_all(const std::string& name, const std::function<DatasetVersion(std::size_t)>& of,
                                  const std::vector<DatasetCatalog*>& replicas) {
    std::vector<DatasetPut> outcomes(callers);
    std::latch begin(callers);
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < callers; ++i) {
      threads.emplace_back([&, i] {
        DatasetVersion version = of(i);
        version.name = name;
        const auto upload = store_->begin();
        upload->append(version.sha256);
        const std::string submitter = version.submitter;
        const auto is_own = [&](const DatasetVersion& other) { return other.submitter == submitter; };
        begin.arrive_and_wait();
        outcomes[i] = replicas[i % replicas.size()]->put(*upload, version, is_own);
      });
    }
    threads.clear();
    return outcomes;
  }

  static DatasetVersion version_of(const std::string& bytes, std::size_t caller) {
    const std::string sha256 = sha256_hex(bytes);
    return {.name = {},
            .version = dataset_version(sha256),
            .sha256 = sha256,
            .content = sha256 + ".csv",
            .size_bytes = sha256.size(),
            .submitter = "key:" + std::to_string(caller),
            .uploaded_at = 1'000'000,
            .description = {}};
  }

  static constexpr int rounds = 15;
  // Two that know nothing of each other, as on two machines.
  DatasetCatalog& other_replica() { return other_; }

 private:
  DatasetCatalog other_{*store_};
};

TEST_F(PutAtOnce, ANameGoesToOneCaller_AUTH13) {
  for (int round = 0; round < rounds; ++round) {
    const std::string name = "prices" + std::to_string(round);
    const auto own_bytes = [](std::size_t i) { return version_of("bytes of " + std::to_string(i), i); };
    const auto outcomes = put_all(name, own_bytes, {catalog_.get()});
    EXPECT_EQ(std::ranges::count(outcomes, DatasetPut::made), 1);
    EXPECT_EQ(std::ranges::count(outcomes, DatasetPut::name_taken), std::ssize(outcomes) - 1);
    const auto versions = catalog_->versions(name);
    ASSERT_EQ(versions.size(), 1u);
    const auto winner = static_cast<std::size_t>(std::ranges::find(outcomes, DatasetPut::made) - outcomes.begin());
    EXPECT_EQ(versions[0]->submitter, "key:" + std::to_string(winner));
  }
}

TEST_F(PutAtOnce, TheSameBytesOfManyGoToOneCaller_AUTH13) {
  for (int round = 0; round < rounds; ++round) {
    const std::string name = "prices" + std::to_string(round);
    const auto same_bytes = [](std::size_t i) { return version_of("bytes", i); };
    const auto outcomes = put_all(name, same_bytes, {catalog_.get(), &other_replica()});
    EXPECT_EQ(std::ranges::count(outcomes, DatasetPut::made), 1);
    EXPECT_EQ(std::ranges::count(outcomes, DatasetPut::name_taken), std::ssize(outcomes) - 1);
    const auto winner = static_cast<std::size_t>(std::ranges::find(outcomes, DatasetPut::made) - outcomes.begin());
    EXPECT_EQ(catalog_->versions(name).at(0)->submitter, "key:" + std::to_string(winner));
  }
}

TEST_F(PutAtOnce, OfOneCallersEqualBytesOneIsMade_API38) {
  for (int round = 0; round < rounds; ++round) {
    const std::string name = "prices" + std::to_string(round);
    const auto equal = [](std::size_t) { return version_of("bytes", 0); };
    const auto outcomes = put_all(name, equal, {catalog_.get(), &other_replica()});
    EXPECT_EQ(std::ranges::count(outcomes, DatasetPut::made), 1);
    EXPECT_EQ(std::ranges::count(outcomes, DatasetPut::was_there), std::ssize(outcomes) - 1);
  }
}

TEST_F(PutAtOnce, OnReplicasANameHasAtMostOneOwner_AUTH13) {
  for (int round = 0; round < rounds; ++round) {
    const std::string name = "prices" + std::to_string(round);
    const auto own_bytes = [](std::size_t i) { return version_of("bytes of " + std::to_string(i), i); };
    const auto outcomes = put_all(name, own_bytes, {catalog_.get(), &other_replica()});
    EXPECT_LE(std::ranges::count(outcomes, DatasetPut::made), 1);
    const auto kept = static_cast<std::ptrdiff_t>(catalog_->versions(name).size());
    EXPECT_EQ(kept, std::ranges::count(outcomes, DatasetPut::made));
  }
}

TEST_F(DatasetCatalogTest, WhatIsPutBackReplacesNothing) {
  DatasetVersion version = put("prices", "one", 1'000'000);
  version.submitter = "key:bob";
  EXPECT_FALSE(catalog_->put_back(version));
  EXPECT_EQ(catalog_->find(version.reference())->submitter, "key:ann");
  EXPECT_TRUE(catalog_->remove_entry(version));
  EXPECT_TRUE(catalog_->put_back(version));
  EXPECT_EQ(catalog_->find(version.reference())->submitter, "key:bob");
}

TEST(DatasetDescriptionTest, TheFirstBytesSayTheFormat) {
  EXPECT_EQ(suffix_of(format_of("PAR1....")), ".parquet");
  EXPECT_EQ(suffix_of(format_of("\x1f\x8b\x08")), ".csv.gz");
  EXPECT_EQ(suffix_of(format_of("date,close")), ".csv");
  EXPECT_EQ(suffix_of(format_of("")), ".csv");
}

}  // namespace
}  // namespace backtest
