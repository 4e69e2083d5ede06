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
constexpr const char* token = "0123456789abcdef0123456789abcdef";

void write(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string manifest_text(const std::string& of_run, const Files& files) {
  std::string text = R"({"run_id": ")" + of_run + R"(", "files": [)";
  for (const auto& [name, bytes] : files) {
    if (!text.ends_with('[')) text += ", ";
    text += R"({"name": ")" + name + R"(", "remote_path": "x", "size_bytes": )" + std::to_string(bytes.size()) +
            R"(, "sha256": ")" + sha256_hex(bytes) + "\"}";
  }
  return text + "]}";
}

class ArtifactStoreConformance : public testing::TestWithParam<ArtifactStoreBackend> {
 protected:
  ArtifactStoreConformance() : under_test_(GetParam().make()), store_(under_test_->store()) { store_.check(); }

  std::unique_ptr<AttemptArtifacts> attempt_with(const Files& files, int epoch = 1,
                                                 const std::string& of_run = run_id) {
    auto attempt = store_.begin(of_run, epoch, token);
    for (const auto& [name, bytes] : files) write(attempt->directory() / name, bytes);
    write(attempt->directory() / manifest_name, manifest_text(of_run, files));
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

  std::unique_ptr<ArtifactStoreUnderTest> under_test_;
  ArtifactStore& store_;
};

TEST_P(ArtifactStoreConformance, ReadsBackWhatWasSealed) {
  const Files files{{"summary.json", "{\"a\": 1}"}, {"trades.csv", ""}, {"legs/leg_0/weights.csv", "date,leg\n"}};
  const SealedArtifacts sealed = attempt_with(files)->seal();
  EXPECT_EQ(sealed.prefix, std::string("attempts/1-") + token);
  EXPECT_EQ(sealed.manifest_sha256, sha256_hex(manifest_text(run_id, files)));
  for (const auto& [name, bytes] : files) EXPECT_EQ(read(sealed.prefix, name), bytes) << name;
  EXPECT_EQ(read(sealed.prefix, std::string(manifest_name)), manifest_text(run_id, files));
}

TEST_P(ArtifactStoreConformance, ListsEveryFileWithSizeHashAndTime) {
  const Files files{{"b.csv", "12345"}, {"legs/x/w.csv", "1"}};
  const std::string prefix = attempt_with(files)->seal().prefix;
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
  const std::string prefix = attempt_with({{"a", "0123456789"}})->seal().prefix;
  for (const Case& c : {Case{{0, 4}, "0123"}, Case{{7, std::nullopt}, "789"}, Case{{8, 99}, "89"}, Case{{4, 4}, ""},
                        Case{{10, std::nullopt}, ""}, Case{{99, 100}, ""}}) {
    EXPECT_EQ(read(prefix, "a", c.range), c.bytes) << c.range.begin;
  }
  EXPECT_EQ((*store_.open(run_id, prefix, "a", {2, 3}))->size(), 10u);  // of the whole
}

TEST_P(ArtifactStoreConformance, RefusesNamesThatAreNone) {  // SEC-2
  const std::string prefix = attempt_with({{"a", "1"}})->seal().prefix;
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
  const std::string prefix = attempt_with({{"a", "1"}})->seal().prefix;
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

TEST_P(ArtifactStoreConformance, SealsOnlyWhatTheManifestNames) {
  struct Case {
    const char* what;
    std::function<void(const std::filesystem::path&)> change;
  };
  const std::vector<Case> cases{
      {"no manifest", [](const auto& d) { std::filesystem::remove(d / manifest_name); }},
      {"no JSON", [](const auto& d) { write(d / manifest_name, "{"); }},
      {"of another run", [](const auto& d) { write(d / manifest_name, manifest_text("other", {{"a", "1"}})); }},
      {"a file is missing", [](const auto& d) { std::filesystem::remove(d / "a"); }},
      {"another size", [](const auto& d) { write(d / "a", "12"); }},
      {"one file more", [](const auto& d) { write(d / "legs/b", "1"); }},
  };
  int epoch = 0;
  for (const Case& c : cases) {
    auto attempt = attempt_with({{"a", "1"}}, ++epoch);
    c.change(attempt->directory());
    EXPECT_THROW(attempt->seal(), std::runtime_error) << c.what;
  }
}

TEST_P(ArtifactStoreConformance, KeepsAttemptsApart) {
  auto first = attempt_with({{"a", "first"}}, 1);
  auto second = attempt_with({{"a", "second"}}, 2);
  const std::string second_prefix = second->seal().prefix;
  const std::string first_prefix = first->seal().prefix;  // late: changes nothing of the other
  EXPECT_EQ(read(second_prefix, "a"), "second");
  EXPECT_EQ(store_.attempts(run_id), (std::vector<std::string>{first_prefix, second_prefix}));
  store_.remove_attempt(run_id, first_prefix);
  EXPECT_EQ(store_.attempts(run_id), std::vector<std::string>{second_prefix});
  EXPECT_EQ(read(first_prefix, "a"), "<not found>");
  EXPECT_EQ(read(second_prefix, "a"), "second");
}

TEST_P(ArtifactStoreConformance, RemovesARunAndNoOther) {
  const std::string prefix = attempt_with({{"a", "1"}})->seal().prefix;
  attempt_with({{"a", "1"}}, 1, "other")->seal();
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
  const std::string prefix = attempt_with({{"a", "1"}})->seal().prefix;
  EXPECT_TRUE(names("").empty());
  EXPECT_EQ(read("", prefix + "/a"), "<not found>");
}

TEST_P(ArtifactStoreConformance, KnowsItsFreeSpace) {
  EXPECT_GT(store_.free_bytes(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Backend, ArtifactStoreConformance, testing::ValuesIn(artifact_store_backends()),
                         [](const auto& info) { return info.param.name; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ArtifactStoreConformance);

}  // namespace
}  // namespace backtest
