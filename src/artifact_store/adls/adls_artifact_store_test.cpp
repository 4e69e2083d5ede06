#include "artifact_store/adls/adls_artifact_store.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <system_error>

#include "artifact_store/conformance_for_tests.hpp"
#include "artifact_store/local/local_artifact_store.hpp"
#include "base/json.hpp"
#include "base/sha256.hpp"
#include "base/strict_json.hpp"
#include "object_storage/azurite_for_tests.hpp"
#include "object_storage/open_container.hpp"

namespace backtest {
namespace {

namespace fs = std::filesystem;

constexpr const char* path = "team/runs";
constexpr const char* run_id = "RUN20240131-0123456789abcdef";
constexpr const char* submitted_at = "2024-01-31T00:00:00+00:00";
constexpr const char* token = "0123456789abcdef0123456789abcdef";

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = testing::TempDir() + "adls_artifacts_XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~TemporaryDirectory() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// A port that is taken and where nobody listens.
class UnansweredPort {
 public:
  UnansweredPort() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::system_error(errno, std::generic_category(), "bind");
    }
    number_ = ntohs(address.sin_port);
  }
  ~UnansweredPort() { close(socket_); }
  UnansweredPort(const UnansweredPort&) = delete;
  UnansweredPort& operator=(const UnansweredPort&) = delete;
  int number() const { return number_; }

 private:
  const int socket_;
  int number_ = 0;
};

// One replica: a disk of its own, and a container that it may share with others.
class Replica {
 public:
  explicit Replica(std::shared_ptr<ObjectContainer> container, std::uint64_t cache_bytes = 64u << 20)
      : container_(std::move(container)), cache_(directory_.path() / "cache", {.bytes = cache_bytes}) {
    scratch_->check();
  }
  AdlsArtifactStore& store() { return store_; }
  ObjectContainer& container() { return *container_; }
  const fs::path& directory() const { return directory_.path(); }

  std::unique_ptr<AttemptArtifacts> attempt_with(const std::map<std::string, std::string>& files, int epoch = 1) {
    auto attempt = store_.begin(run_id, epoch, token);
    for (const auto& [name, bytes] : files) {
      const fs::path file = attempt->directory() / name;
      fs::create_directories(file.parent_path());
      std::ofstream(file, std::ios::binary) << bytes;
    }
    return attempt;
  }

  std::string read(const std::string& prefix, const std::string& name, const ByteRange& range = {}) {
    const auto reader = store_.open(run_id, prefix, name, range);
    if (!reader) return "<not found>";
    std::string bytes(1u << 16, '\0'), all;
    while (const std::size_t got = (*reader)->read(bytes.data(), bytes.size())) all.append(bytes, 0, got);
    return all;
  }

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<ArtifactStore> scratch_ = make_local_artifact_store(directory_.path() / "output");
  const std::shared_ptr<ObjectContainer> container_;
  ArtifactCache cache_;
  AdlsArtifactStore store_{container_, path, *scratch_, cache_};
};

class AdlsUnderTest final : public ArtifactStoreUnderTest {
 public:
  ArtifactStore& store() override { return replica_.store(); }
  void put_old_result(const std::string& of_run, const std::string& name, const std::string& bytes) override {
    replica_.container().put(std::string(path) + "/" + of_run + "/" + name, bytes);
  }

 private:
  Replica replica_{Azurite::shared().create_container()};
};

const bool joined_adls = register_artifact_store_backend({"adls", [] { return std::make_unique<AdlsUnderTest>(); }});

std::string object_path(const std::string& name) {
  return std::string(path) + "/" + run_id + "/" + name;
}

class AdlsArtifactStoreTest : public testing::Test {
 protected:
  json::object run_manifest() {
    const auto object = container_->get(object_path("artifacts_manifest.json"));
    return object ? parse_strict_json(object->bytes).value().as_object() : json::object();
  }
  std::string first_remote_path() {
    const json::object manifest = run_manifest();
    return std::string(manifest.at("files").as_array().at(0).at("remote_path").as_string());
  }

  std::shared_ptr<ObjectContainer> container_ = Azurite::shared().create_container();
  Replica writer_{container_};
};

TEST_F(AdlsArtifactStoreTest, AReplicaWithoutTheDiskOfTheFirstReadsWhatItWrote) {
  const std::string prefix =
      writer_.attempt_with({{"trades.csv", "a,b\n"}, {"legs/x/w.csv", "w"}})->seal(submitted_at).prefix;
  Replica reader(container_);
  EXPECT_EQ(reader.read(prefix, "trades.csv"), "a,b\n");
  EXPECT_EQ(reader.read(prefix, "legs/x/w.csv", {0, 1}), "w");
  // Nothing of the attempt is left in the place where it was written.
  EXPECT_FALSE(fs::exists(writer_.directory() / "output" / run_id));
}

TEST_F(AdlsArtifactStoreTest, ReadersThatKnowNoAttemptsFindTheFilesByTheManifest) {  // ART-15
  const std::string prefix = writer_.attempt_with({{"trades.csv", "a,b\n"}})->seal(submitted_at).prefix;
  const json::object manifest = run_manifest();
  EXPECT_EQ(manifest.at("run_id").as_string(), run_id);
  EXPECT_EQ(manifest.at("container").as_string(), container_->name());
  EXPECT_EQ(manifest.at("prefix").as_string(), std::string(path) + "/" + run_id);
  const json::object& file = manifest.at("files").as_array().at(0).as_object();
  EXPECT_EQ(file.at("name").as_string(), "trades.csv");
  EXPECT_EQ(file.at("remote_path").as_string(), object_path(prefix + "/trades.csv"));
  const auto object = container_->get(std::string(file.at("remote_path").as_string()));
  ASSERT_TRUE(object);
  EXPECT_EQ(sha256_hex(object->bytes), std::string(file.at("sha256").as_string()));
}

TEST_F(AdlsArtifactStoreTest, ALateLoserChangesNothingThatOthersRead) {
  auto first = writer_.attempt_with({{"a", "first"}}, 1);
  const std::string winner = writer_.attempt_with({{"a", "second"}}, 2)->seal(submitted_at).prefix;
  const std::string loser = first->seal(submitted_at).prefix;
  EXPECT_EQ(first_remote_path(), object_path(winner + "/a"));
  writer_.store().remove_attempt(run_id, loser);
  EXPECT_EQ(first_remote_path(), object_path(winner + "/a"));
  const std::string last = writer_.attempt_with({{"a", "third"}}, 3)->seal(submitted_at).prefix;
  EXPECT_EQ(first_remote_path(), object_path(last + "/a"));
  writer_.store().remove_attempt(run_id, last);
  EXPECT_TRUE(run_manifest().at("files").as_array().empty());  // names nothing that is gone
}

TEST_F(AdlsArtifactStoreTest, AFlatResultKeepsItsManifest) {
  const std::string text = R"({"run_id":")" + std::string(run_id) + R"(","files":[]})";
  container_->put(object_path("artifacts_manifest.json"), text);
  container_->put(object_path("metrics_rolling.parquet"), std::string(3'000'000, 'p'));
  EXPECT_EQ(writer_.read("", "artifacts_manifest.json"), text);
  EXPECT_EQ(writer_.read("", "metrics_rolling.parquet").size(), 3'000'000u);
  EXPECT_EQ(writer_.read("", "metrics_rolling.parquet", {2'999'998, std::nullopt}), "pp");
  EXPECT_EQ(writer_.store().list(run_id, "").size(), 2u);
}

TEST_F(AdlsArtifactStoreTest, WhatWasReadOnceIsReadFromTheDisk) {
  const std::string prefix = writer_.attempt_with({{"a", "0123456789"}})->seal(submitted_at).prefix;
  Replica reader(container_);
  EXPECT_EQ(reader.read(prefix, "a", {2, 4}), "23");
  container_->remove(object_path(prefix + "/a"));
  EXPECT_EQ(reader.read(prefix, "a"), "0123456789");
  EXPECT_EQ(Replica(container_).read(prefix, "a"), "<not found>");
}

TEST_F(AdlsArtifactStoreTest, ADamagedFileOfTheCacheIsNeverGivenOut) {
  const std::string prefix = writer_.attempt_with({{"a", "0123456789"}})->seal(submitted_at).prefix;
  Replica reader(container_);
  fs::create_directories(reader.directory() / "cache");
  std::ofstream(reader.directory() / "cache" / sha256_hex("0123456789")) << "damaged!!!";
  EXPECT_EQ(reader.read(prefix, "a"), "0123456789");
}

TEST_F(AdlsArtifactStoreTest, BytesThatAreNotTheManifestsAreNotGivenOut) {
  const std::string large(40u << 20, 'x');
  const std::string prefix = writer_.attempt_with({{"a", "0123456789"}, {"large", large}})->seal(submitted_at).prefix;
  Replica reader(container_, 0);
  EXPECT_EQ(reader.read(prefix, "large"), large);
  container_->put(object_path(prefix + "/a"), "9876543210");
  std::string other = large;
  other[20u << 20] = 'y';
  container_->put(object_path(prefix + "/large"), other);
  Replica caching(container_, 128u << 20);
  EXPECT_THROW(caching.read(prefix, "a"), std::system_error);
  const auto opened = caching.store().open(run_id, prefix, "large", {});
  ASSERT_TRUE(opened);
  std::string buffer(1u << 20, '\0');
  std::size_t given = 0;
  const auto read_all = [&] {
    while (const std::size_t got = (*opened)->read(buffer.data(), buffer.size())) given += got;
  };
  EXPECT_THROW(read_all(), std::system_error);
  EXPECT_LT(given, large.size());  // whoever reads it sees that it is not whole
  const ByteRange part{.begin = 5, .end = 25};
  EXPECT_THROW(caching.store().open(run_id, prefix, "large", part), std::system_error) << "the part itself is sound";
  container_->put(object_path(prefix + "/large"), large);
  const auto sound = caching.store().open(run_id, prefix, "large", part);
  ASSERT_TRUE(sound);
  EXPECT_EQ((*sound)->read(buffer.data(), buffer.size()), 20u);
  container_->put(object_path(prefix + "/a"), "short");
  EXPECT_THROW(Replica(container_).read(prefix, "a"), std::system_error);
}

TEST_F(AdlsArtifactStoreTest, TheCacheKeepsToItsLimit) {
  std::map<std::string, std::string> files;
  for (char name = 'a'; name < 'k'; ++name) files[std::string(1, name)] = std::string(200'000, name);
  const std::string prefix = writer_.attempt_with(files)->seal(submitted_at).prefix;
  Replica reader(container_, 1'000'000);
  for (const auto& [name, bytes] : files) EXPECT_EQ(reader.read(prefix, name), bytes);
  std::uintmax_t kept = 0, count = 0;
  for (const auto& entry : fs::directory_iterator(reader.directory() / "cache")) {
    kept += entry.file_size();
    ++count;
  }
  EXPECT_LE(kept, 1'000'000u);
  EXPECT_GE(count, 2u);
  EXPECT_TRUE(fs::exists(reader.directory() / "cache" / sha256_hex(files["j"])));  // the last one
}

TEST_F(AdlsArtifactStoreTest, WhatCannotBeUploadedStaysHere) {
  const UnansweredPort port;
  StorageSettings settings = Azurite::shared().settings();
  settings.azure.front().blob_endpoint = "http://127.0.0.1:" + std::to_string(port.number()) + "/devstoreaccount1";
  const auto place = parse_object_location("test/x", settings);
  ASSERT_TRUE(place);
  Replica cut_off(open_container(
      settings, *place, "this test",
      {.attempt = std::chrono::milliseconds(500), .total = std::chrono::milliseconds(1'000), .attempts = 2}));
  auto attempt = cut_off.attempt_with({{"a", "1"}});
  EXPECT_THROW(attempt->seal(submitted_at), UploadFailed);
  EXPECT_TRUE(fs::exists(attempt->directory() / "a"));
  const auto asked_at = std::chrono::steady_clock::now();
  const auto is_stopped = [&] { return std::chrono::steady_clock::now() - asked_at > std::chrono::milliseconds(300); };
  EXPECT_THROW(attempt->seal(submitted_at, is_stopped), SealStopped) << "between the tries";
  EXPECT_TRUE(fs::exists(attempt->directory() / "a"));
  EXPECT_THROW(cut_off.store().list(run_id, ""), std::system_error);
  EXPECT_THROW(cut_off.read("attempts/1-a", "a"), std::system_error);
  EXPECT_THROW(cut_off.store().check(), std::runtime_error);
}

}  // namespace
}  // namespace backtest
