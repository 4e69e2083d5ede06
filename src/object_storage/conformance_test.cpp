#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "base/random_id.hpp"
#include "object_storage/conformance_for_tests.hpp"

namespace backtest {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> names_of(const ObjectListing& listing) {
  std::vector<std::string> names;
  for (const ObjectInfo& object : listing.objects) names.push_back(object.name);
  return names;
}

class FileToUpload {
 public:
  explicit FileToUpload(const std::string& bytes)
      : path_(std::filesystem::temp_directory_path() / ("backtest-upload-" + random_hex(12))) {
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~FileToUpload() { std::filesystem::remove(path_); }
  FileToUpload(const FileToUpload&) = delete;
  FileToUpload& operator=(const FileToUpload&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// No two blocks of it are alike.
std::string many_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint64_t state = 1;
  for (char& byte : bytes) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    byte = static_cast<char>(state >> 56);
  }
  return bytes;
}

}  // namespace

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ObjectContainerConformance);

TEST_P(ObjectContainerConformance, GivesBackWhatWasCreated) {
  for (const std::string name : {"x", "runs/a b/x.json", "p/date=2024-01-02 00%3A00/ü+&'()@=.parquet"}) {
    SCOPED_TRACE(name);
    const auto created = container_->create(name, std::string_view("one\0two", 7));
    ASSERT_TRUE(created);
    EXPECT_GT(created->answered_at, 1'600'000'000'000'000);
    const auto got = container_->get(name);
    ASSERT_TRUE(got);
    EXPECT_EQ(got->bytes, std::string_view("one\0two", 7));
    EXPECT_EQ(got->info.name, name);
    EXPECT_EQ(got->info.size_bytes, 7u);
    EXPECT_EQ(got->info.etag, created->etag);
    EXPECT_GT(got->info.modified_at, 1'600'000'000'000'000);
    const auto head = container_->head(name);
    ASSERT_TRUE(head);
    EXPECT_EQ(head->etag, created->etag);
    EXPECT_EQ(head->size_bytes, 7u);
    EXPECT_THAT(names_of(container_->list({})), testing::Contains(name));
  }
}

TEST_P(ObjectContainerConformance, MissesWhatIsNotThere) {
  char buffer[4];
  EXPECT_EQ(container_->get("none").error(), ObjectFault::not_found);
  EXPECT_EQ(container_->head("none").error(), ObjectFault::not_found);
  EXPECT_EQ(container_->read("none", "0x1", 0, buffer).error(), ObjectFault::changed);
  EXPECT_NO_THROW(container_->remove("none"));
  EXPECT_THAT(container_->list({}).objects, IsEmpty());
  EXPECT_THAT(container_->list("none/").objects, IsEmpty());
}

TEST_P(ObjectContainerConformance, CreatesOnlyWhereNothingStands) {
  ASSERT_TRUE(container_->create("x", "one"));
  EXPECT_EQ(container_->create("x", "two").error(), ObjectFault::exists);
  EXPECT_EQ(container_->create("x", "one").error(), ObjectFault::exists);
  EXPECT_EQ(container_->get("x")->bytes, "one");
  container_->remove("x");
  EXPECT_TRUE(container_->create("x", "two"));
}

TEST_P(ObjectContainerConformance, ReplacesOnlyTheVersionThatWasNamed) {
  const std::string first = container_->create("x", "one")->etag;
  const auto second = container_->replace("x", "two", first);
  ASSERT_TRUE(second);
  EXPECT_NE(second->etag, first);
  EXPECT_EQ(container_->replace("x", "three", first).error(), ObjectFault::changed);
  EXPECT_EQ(container_->get("x")->bytes, "two");
  EXPECT_EQ(container_->get("x")->info.etag, second->etag);
  container_->remove("x");
  EXPECT_EQ(container_->replace("x", "four", second->etag).error(), ObjectFault::changed);
  EXPECT_EQ(container_->get("x").error(), ObjectFault::not_found);
}

TEST_P(ObjectContainerConformance, ListsTheVersionsThatWritesAndReadsName) {
  const std::string etag = container_->put("a/x", "one").etag;
  const ObjectListing listing = container_->list("a");
  ASSERT_EQ(listing.objects.size(), 1u);
  EXPECT_EQ(listing.objects[0].etag, etag);
  EXPECT_GT(listing.answered_at, 1'600'000'000'000'000);
  EXPECT_TRUE(container_->replace("a/x", "two", listing.objects[0].etag));
}

TEST_P(ObjectContainerConformance, LetsOneOfManyWritersWin) {
  const std::string etag = container_->put("x", "zero").etag;
  std::vector<int> created(8), replaced(8);
  {
    std::vector<std::jthread> writers;
    for (int i = 0; i < 8; ++i) {
      writers.emplace_back([&, i] {
        created[i] = container_->create("new", std::to_string(i)).has_value();
        replaced[i] = container_->replace("x", std::to_string(i), etag).has_value();
      });
    }
  }
  EXPECT_EQ(std::ranges::count(created, 1), 1);
  EXPECT_EQ(std::ranges::count(replaced, 1), 1);
  EXPECT_EQ(container_->get("new")->bytes, std::to_string(std::ranges::find(created, 1) - created.begin()));
  EXPECT_EQ(container_->get("x")->bytes, std::to_string(std::ranges::find(replaced, 1) - replaced.begin()));
}

TEST_P(ObjectContainerConformance, ReadsRangesOfOneVersion) {
  const std::string etag = container_->put("x", "0123456789").etag;
  struct Case {
    std::uint64_t offset;
    std::size_t size;
    std::string_view expected;
  };
  for (const Case& c : {Case{0, 4, "0123"}, Case{6, 4, "6789"}, Case{8, 4, "89"}, Case{10, 4, ""}, Case{3, 0, ""}}) {
    std::string buffer(c.size, '-');
    const auto count = container_->read("x", etag, c.offset, buffer);
    ASSERT_TRUE(count) << c.offset;
    EXPECT_EQ(buffer.substr(0, *count), c.expected);
  }
  container_->put("x", "abcdefghij");
  std::string buffer(4, '-');
  EXPECT_EQ(container_->read("x", etag, 0, buffer).error(), ObjectFault::changed);
}

TEST_P(ObjectContainerConformance, UploadsFilesOfAnySize) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{5}, std::size_t{8} << 20, (std::size_t{20} << 20) + 3}) {
    SCOPED_TRACE(size);
    const std::string bytes = many_bytes(size);
    const FileToUpload file(bytes);
    container_->put("f", "before");
    const ObjectVersion version = container_->upload("f", file.path());
    const auto head = container_->head("f");
    ASSERT_TRUE(head);
    EXPECT_EQ(head->etag, version.etag);
    ASSERT_EQ(head->size_bytes, size);
    std::string read(size + 7, '\0');
    ASSERT_EQ(container_->read("f", version.etag, 0, read), size);
    read.resize(size);
    EXPECT_TRUE(read == bytes);
  }
  EXPECT_THROW(container_->upload("f", "/nowhere/file"), std::system_error);
}

TEST_P(ObjectContainerConformance, ListsBelowAPrefixAndOneLevelOfIt) {
  for (const char* name : {"a/1", "a/b/2", "a/b/c/3", "a/d/4", "ab/5", "a-/6", "7"}) container_->put(name, "x");
  EXPECT_THAT(names_of(container_->list("a/")), ElementsAre("a/1", "a/b/2", "a/b/c/3", "a/d/4"));
  EXPECT_THAT(names_of(container_->list("a")), ElementsAre("a/1", "a/b/2", "a/b/c/3", "a/d/4"));
  EXPECT_THAT(names_of(container_->list({})), ElementsAre("7", "a-/6", "a/1", "a/b/2", "a/b/c/3", "a/d/4", "ab/5"));
  const ObjectListing one = container_->list_directory("a/");
  EXPECT_THAT(names_of(one), ElementsAre("a/1"));
  EXPECT_THAT(one.prefixes, ElementsAre("a/b/", "a/d/"));
  const ObjectListing top = container_->list_directory({});
  EXPECT_THAT(names_of(top), ElementsAre("7"));
  EXPECT_THAT(top.prefixes, ElementsAre("a-/", "a/", "ab/"));
}

TEST_P(ObjectContainerConformance, LeavesOutEmptyBlobsThatStandForDirectories) {
  container_->put("t", "");
  container_->put("t/part", "");
  container_->put("t/part/1.parquet", "x");
  container_->put("empty", "");
  EXPECT_THAT(names_of(container_->list({})), ElementsAre("empty", "t/part/1.parquet"));
  EXPECT_THAT(names_of(container_->list_directory("t/")), IsEmpty());
  EXPECT_THAT(names_of(container_->list_directory({})), ElementsAre("empty"));
}

TEST_P(ObjectContainerConformance, RefusesNamesThatNoObjectHas) {
  for (const char* name : {"", "/x", "x/", "a//b", "a/../b", "."}) {
    EXPECT_THROW(container_->put(name, "x"), StorageUnavailable) << name;
  }
}

TEST_P(ObjectContainerConformance, IsCreatedTwiceWithoutHarm) {
  EXPECT_NO_THROW(container_->create_container());
}

}  // namespace backtest
