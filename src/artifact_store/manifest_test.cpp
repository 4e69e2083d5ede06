#include "artifact_store/manifest.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "artifact_store/artifact_store.hpp"

namespace backtest {
namespace {

const std::string hash_a(64, 'a');

std::string entry(const std::string& name, const std::string& size, const std::string& hash) {
  return R"({"name": ")" + name + R"(", "size_bytes": )" + size + R"(, "sha256": ")" + hash + "\"}";
}
std::string manifest_of(const std::string& entries) {
  return R"({"run_id": "r", "files": [)" + entries + "]}";
}

TEST(Manifest, FindsFilesByName) {  // ART-15
  const auto manifest = parse_manifest(manifest_of(entry("b", "2", hash_a) + "," + entry("a/c", "1", hash_a)));
  EXPECT_EQ(manifest.run_id, "r");
  ASSERT_NE(manifest.find("a/c"), nullptr);
  EXPECT_EQ(*manifest.find("b"), (ManifestFile{"b", 2, hash_a}));
  EXPECT_EQ(manifest.find("a"), nullptr);
}

TEST(Manifest, RefusesWhatIsNone) {
  struct Case {
    std::string text, reason;
  };
  for (const Case& c :
       {Case{"", "no JSON"}, Case{"[]", "no object"}, Case{R"({"files": []})", "run_id"},
        Case{R"({"run_id": "r"})", "files"}, Case{manifest_of("1"), "no object"},
        Case{manifest_of(entry("../a", "1", hash_a)), "no artifact's name"},
        Case{manifest_of(entry("artifacts_manifest.json", "1", hash_a)), "no artifact's name"},
        Case{manifest_of(entry("a", "-1", hash_a)), "no size"}, Case{manifest_of(entry("a", "1.5", hash_a)), "no size"},
        Case{manifest_of(entry("a", "1", "abc")), "64 lowercase hex"},
        Case{manifest_of(entry("a", "1", hash_a) + "," + entry("a", "1", hash_a)), "named twice"}}) {
    try {
      parse_manifest(c.text);
      ADD_FAILURE() << c.text;
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string(error.what()).find(c.reason), std::string::npos) << error.what();
    }
  }
}

TEST(Manifest, TellsWhatDiffers) {
  const auto manifest = parse_manifest(manifest_of(entry("a", "1", hash_a) + "," + entry("b", "2", hash_a)));
  struct Case {
    std::vector<StoredFile> files;
    std::optional<std::string> difference;
  };
  for (const Case& c : {Case{{{"b", 2, ""}, {"a", 1, hash_a}, {"artifacts_manifest.json", 9, ""}}, std::nullopt},
                        Case{{{"a", 1, ""}}, "b is missing"},
                        Case{{{"a", 1, ""}, {"b", 2, ""}, {"c", 3, ""}}, "c is not in the manifest"},
                        Case{{{"a", 1, ""}, {"b", 3, ""}}, "b has 3 bytes; the manifest says 2"},
                        Case{{{"a", 1, ""}, {"b", 2, std::string(64, 'b')}}, "b has another SHA-256"}}) {
    EXPECT_EQ(difference_from_manifest(manifest, c.files), c.difference);
  }
}

TEST(ArtifactName, KeepsPathsInside) {  // SEC-2, segment by segment
  for (const char* name : {"a", "legs/leg_0/weights.csv", ".hidden", "a b",
                           "gr\xC3\xB6\xC3\x9F"
                           "e.csv"}) {
    EXPECT_TRUE(valid_artifact_name(name)) << name;
  }
  for (const char* name : {"", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a..b", "a\\b", "a\tb", "a\x7F"}) {
    EXPECT_FALSE(valid_artifact_name(name)) << name;
  }
  EXPECT_TRUE(valid_artifact_name(std::string(256, 'a')));
  EXPECT_FALSE(valid_artifact_name(std::string(257, 'a')));
}

}  // namespace
}  // namespace backtest
