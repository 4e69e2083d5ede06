#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>

#include "artifact_store/conformance_for_tests.hpp"
#include "artifact_store/manifest.hpp"
#include "base/sha256.hpp"

namespace backtest {
namespace {

using Files = std::map<std::string, std::string>;

constexpr const char* run_id = "RUN20240131-0123456789abcdef";
constexpr const char* submitted_at = "2024-01-31T00:00:00+00:00";
constexpr const char* token = "0123456789abcdef0123456789abcdef";

void write(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

class ArtifactStoreConformance : public testing::TestWithParam<ArtifactStoreBackend> {
 protected:
  ArtifactStoreConformance() : under_test_(GetParam().make()), store_(under_test_->store()) { store_.check(); }

  std::unique_ptr<AttemptArtifacts> attempt_with(const Files& files, int epoch = 1,
                                                 const std::string& of_run = run_id) {
    auto attempt = store_.begin(of_run, epoch, token);
    for (const auto& [name, bytes] : files) write(attempt->directory() / name, bytes);
    return attempt;
  }

  std::string read(const std::string& prefix, const std::string& name, const ByteRange& range = {}) {
    const auto reader = store_.open(run_id, prefix, name, range);
    if (!reader) return reader.error() == ArtifactError::bad_name ? "<bad name>" : "<not found>";
    std::string bytes;
    char buffer[3];  // small, so that one read is never all
    while (const std::size_t got = (*reader)->read(buffer, sizeof buffer)) bytes.append(buffer, got);
    return bytes;
  }

  std::vector<std::string> names(const std::string& prefix) {
    std::vector<std::string> found;
    for (const ArtifactInfo& info : store_.list(run_id, prefix)) found.push_back(info.name);
    return found;
  }

  std::vector<std::string> attempts() {
    std::vector<std::string> prefixes;
    for (const AttemptInfo& attempt : store_.attempts(run_id)) prefixes.push_back(attempt.prefix);
    return prefixes;
  }

  std::unique_ptr<ArtifactStoreUnderTest> under_test_;
  ArtifactStore& store_;
};

TEST_P(ArtifactStoreConformance, ReadsBackWhatWasSealed) {
  const Files files{{"summary.json", "{\"a\": 1}"}, {"trades.csv", ""}, {"legs/leg_0/weights.csv", "date,leg\n"}};
  const SealedArtifacts sealed = attempt_with(files)->seal(submitted_at);
  EXPECT_EQ(sealed.prefix, std::string("attempts/1-") + token);
  for (const auto& [name, bytes] : files) EXPECT_EQ(read(sealed.prefix, name), bytes) << name;
  EXPECT_EQ(sealed.manifest_sha256, sha256_hex(read(sealed.prefix, std::string(manifest_name))));
  EXPECT_EQ(attempt_with(files, 2)->seal(submitted_at).manifest_sha256, sealed.manifest_sha256)
      << "an attempt that is repeated writes the same bytes";
}

TEST_P(ArtifactStoreConformance, SealNamesExactlyWhatIsThere) {  // ART-15
  const Files files{{"summary.json", "{}"}, {"trades.csv", ""}, {"legs/leg_0/weights.csv", "date,leg\n"}};
  auto attempt = attempt_with(files);
  write(attempt->directory() / manifest_name, "an older manifest, of an attempt that was sealed before");
  const std::string prefix = attempt->seal(submitted_at).prefix;
  const ArtifactManifest manifest = parse_manifest(read(prefix, std::string(manifest_name)));
  EXPECT_EQ(manifest.run_id, run_id);
  std::vector<StoredFile> stored;
  for (const auto& [name, bytes] : files) stored.push_back({name, bytes.size(), sha256_hex(bytes)});
  EXPECT_EQ(difference_from_manifest(manifest, stored), std::nullopt);
}

TEST_P(ArtifactStoreConformance, SealsNoNameThatCouldNotBeRead) {
  auto attempt = attempt_with({{"a\nb", "1"}});
  EXPECT_THROW(attempt->seal(submitted_at), std::runtime_error);
}

TEST_P(ArtifactStoreConformance, DiscardLeavesNothing) {
  attempt_with({{"a", "1"}}, 1)->discard();
  EXPECT_TRUE(store_.run_ids().empty());
  auto sealed = attempt_with({{"a", "1"}}, 2);
  sealed->seal(submitted_at);
  const std::string kept = attempt_with({{"a", "22"}}, 3)->seal(submitted_at).prefix;
  sealed->discard();
  EXPECT_EQ(attempts(), std::vector<std::string>{kept});
  EXPECT_EQ(read(kept, "a"), "22");
}

TEST_P(ArtifactStoreConformance, PutsBackWhatABackupKept) {
  const Files files{{"summary.json", "{}"}, {"legs/x/w.csv", "w"}, {std::string(manifest_name), "as it was"}};
  const std::filesystem::path kept = std::filesystem::path(testing::TempDir()) / "kept";
  std::filesystem::remove_all(kept);
  for (const auto& [name, bytes] : files) write(kept / name, bytes);
  const std::string prefix = std::string("attempts/3-") + token;
  store_.put_back(run_id, prefix, kept);
  store_.put_back("of-the-python-service", "", kept);
  for (const auto& [name, bytes] : files) EXPECT_EQ(read(prefix, name), bytes) << name;
  EXPECT_EQ(store_.list("of-the-python-service", "").size(), 3u);
  EXPECT_ANY_THROW(store_.put_back("../x", prefix, kept));
  EXPECT_ANY_THROW(store_.put_back(run_id, "..", kept));
}

TEST_P(ArtifactStoreConformance, KnowsHowMuchAnAttemptWrote) {
  EXPECT_EQ(attempt_with({{"a", "123"}, {"legs/x/w.csv", "45"}})->size_bytes(), 5u);
}

TEST_P(ArtifactStoreConformance, RemembersItsFirstOwner) {
  EXPECT_EQ(store_.owner(), std::nullopt);
  store_.set_owner("store-1");
  EXPECT_EQ(store_.owner(), "store-1");
  store_.set_owner("store-2");
  EXPECT_EQ(store_.owner(), "store-1");
  EXPECT_TRUE(store_.run_ids().empty());
}

TEST_P(ArtifactStoreConformance, NotesRunsThatAreBeingRemoved) {
  attempt_with({{"a", "1"}})->seal(submitted_at);
  EXPECT_TRUE(store_.condemned_runs().empty());
  store_.condemn_run(run_id);
  store_.condemn_run("other");
  store_.condemn_run("..");
  EXPECT_EQ(store_.condemned_runs(), (std::vector<std::string>{run_id, "other"}));
  EXPECT_EQ(store_.run_ids(), std::vector<std::string>{run_id});
  store_.spare_run("other");
  store_.remove_run(run_id);
  EXPECT_TRUE(store_.condemned_runs().empty());
  EXPECT_TRUE(store_.run_ids().empty());
}

TEST_P(ArtifactStoreConformance, ListsEveryFileWithSizeHashAndTime) {
  const Files files{{"b.csv", "12345"}, {"legs/x/w.csv", "1"}};
  const std::string prefix = attempt_with(files)->seal(submitted_at).prefix;
  const auto infos = store_.list(run_id, prefix);
  ASSERT_EQ(infos.size(), 3u);
  EXPECT_EQ(names(prefix), (std::vector<std::string>{"artifacts_manifest.json", "b.csv", "legs/x/w.csv"}));
  EXPECT_EQ(infos[0].sha256, "");  // nothing vouches for the manifest but the run's record
  EXPECT_EQ(infos[1].size_bytes, 5u);
  EXPECT_EQ(infos[1].sha256, sha256_hex("12345"));
  EXPECT_GT(infos[1].modified_at, 1'600'000'000'000'000);
}

TEST_P(ArtifactStoreConformance, ReadsRanges) {
  struct Case {
    ByteRange range;
    std::string bytes;
  };
  const std::string prefix = attempt_with({{"a", "0123456789"}})->seal(submitted_at).prefix;
  for (const Case& c : {Case{{0, 4}, "0123"}, Case{{7, std::nullopt}, "789"}, Case{{8, 99}, "89"}, Case{{4, 4}, ""},
                        Case{{10, std::nullopt}, ""}, Case{{99, 100}, ""}}) {
    EXPECT_EQ(read(prefix, "a", c.range), c.bytes) << c.range.begin;
  }
  EXPECT_EQ((*store_.open(run_id, prefix, "a", {2, 3}))->size(), 10u);  // of the whole
}

TEST_P(ArtifactStoreConformance, RefusesNamesThatAreNone) {  // SEC-2
  const std::string prefix = attempt_with({{"a", "1"}})->seal(submitted_at).prefix;
  for (const std::string& name :
       {std::string(), std::string("/a"), std::string("a/"), std::string("../a"), std::string("x/../a"),
        std::string("./a"), std::string("."), std::string(".."), std::string("x//a"), std::string("x\\a"),
        std::string("a\0b", 3), std::string("a\n"), std::string(257, 'a')}) {
    EXPECT_EQ(read(prefix, name), "<bad name>") << name;
  }
  EXPECT_EQ(read(prefix, "b"), "<not found>");
  EXPECT_EQ(read(prefix, "a/b"), "<not found>");
}

TEST_P(ArtifactStoreConformance, RefusesRunsAndPrefixesThatAreNone) {
  const std::string prefix = attempt_with({{"a", "1"}})->seal(submitted_at).prefix;
  for (const std::string& other : {std::string("attempts"), std::string("attempts/.."), std::string("attempts/1-"),
                                   std::string("attempts/2-") + token, prefix + "/..", std::string("..")}) {
    EXPECT_EQ(read(other, "a"), "<not found>") << other;
    EXPECT_TRUE(store_.list(run_id, other).empty()) << other;
  }
  EXPECT_EQ(read("attempts", std::string("1-") + token + "/a"), "<not found>");
  for (const std::string& other : {std::string(), std::string(".."), std::string("../x"), std::string("no-such-run")}) {
    EXPECT_FALSE(store_.open(other, prefix, "a", {})) << other;
    EXPECT_TRUE(store_.list(other, prefix).empty()) << other;
    EXPECT_TRUE(store_.attempts(other).empty()) << other;
  }
  EXPECT_ANY_THROW(store_.begin("../x", 1, token));
  EXPECT_ANY_THROW(store_.begin(run_id, 1, "../x"));
}

TEST_P(ArtifactStoreConformance, KeepsAttemptsApart) {
  auto first = attempt_with({{"a", "first"}}, 1);
  auto second = attempt_with({{"a", "second"}}, 2);
  const std::string second_prefix = second->seal(submitted_at).prefix;
  const std::string first_prefix = first->seal(submitted_at).prefix;  // late: changes nothing of the other
  EXPECT_EQ(read(second_prefix, "a"), "second");
  EXPECT_EQ(attempts(), (std::vector<std::string>{first_prefix, second_prefix}));
  EXPECT_GT(store_.attempts(run_id)[0].modified_at, 1'600'000'000'000'000);
  store_.remove_attempt(run_id, first_prefix);
  EXPECT_EQ(attempts(), std::vector<std::string>{second_prefix});
  EXPECT_EQ(read(first_prefix, "a"), "<not found>");
  EXPECT_EQ(read(second_prefix, "a"), "second");
}

TEST_P(ArtifactStoreConformance, RemovesARunAndNoOther) {
  const std::string prefix = attempt_with({{"a", "1"}})->seal(submitted_at).prefix;
  attempt_with({{"a", "1"}}, 1, "other")->seal(submitted_at);
  EXPECT_EQ(store_.run_ids(), (std::vector<std::string>{run_id, "other"}));
  store_.remove_run(run_id);
  store_.remove_run(run_id);  // again: nothing to do
  store_.remove_run("..");
  EXPECT_EQ(store_.run_ids(), std::vector<std::string>{"other"});
  EXPECT_EQ(read(prefix, "a"), "<not found>");
}

TEST_P(ArtifactStoreConformance, ReadsResultsOfThePythonService) {
  under_test_->put_old_result(run_id, "summary.json", "{}");
  under_test_->put_old_result(run_id, "legs/x/weights.csv", "w");
  EXPECT_EQ(names(""), (std::vector<std::string>{"legs/x/weights.csv", "summary.json"}));
  EXPECT_EQ(read("", "summary.json"), "{}");
  EXPECT_TRUE(store_.attempts(run_id).empty());
}

TEST_P(ArtifactStoreConformance, ShowsNoAttemptThroughAnEmptyPrefix) {
  const std::string prefix = attempt_with({{"a", "1"}})->seal(submitted_at).prefix;
  EXPECT_TRUE(names("").empty());
  EXPECT_EQ(read("", prefix + "/a"), "<not found>");
}

TEST_P(ArtifactStoreConformance, SaysWhetherThereIsRoom) {
  EXPECT_TRUE(store_.has_room());
  EXPECT_NE(store_.room().description, "");
}

INSTANTIATE_TEST_SUITE_P(Backend, ArtifactStoreConformance, testing::ValuesIn(artifact_store_backends()),
                         [](const auto& info) { return info.param.name; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ArtifactStoreConformance);

}  // namespace
}  // namespace backtest
