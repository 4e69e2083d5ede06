// The proof that the conformance suite sees each guard of an ArtifactStore: with that guard taken out, the test named
// beside it fails. The suite runs as another process of this program, over the local store behind BrokenArtifactStore.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>

#include "artifact_store/conformance_for_tests.hpp"
#include "base/guard_controls_for_tests.hpp"

namespace backtest {
namespace {

namespace fs = std::filesystem;

enum class Broken {
  none,            // sound: what fails then is the wrapper
  names_resolved,  // ".." in names is followed instead of refused
  prefix_unchecked,
  empty_prefix_shows_all,
  runs_unchecked,
  seals_part,
  attempts_share_a_place,
  removes_other_runs,
  range_ignored,
};

using Control = GuardControl<Broken>;

constexpr std::array controls{
    Control{"names_resolved", Broken::names_resolved, "RefusesNamesThatAreNone"},
    Control{"prefix_unchecked", Broken::prefix_unchecked, "RefusesRunsAndPrefixesThatAreNone"},
    Control{"empty_prefix_shows_all", Broken::empty_prefix_shows_all, "ShowsNoAttemptThroughAnEmptyPrefix"},
    Control{"runs_unchecked", Broken::runs_unchecked, "RefusesRunsAndPrefixesThatAreNone"},
    Control{"seals_part", Broken::seals_part, "SealNamesExactlyWhatIsThere"},
    Control{"attempts_share_a_place", Broken::attempts_share_a_place, "KeepsAttemptsApart"},
    Control{"removes_other_runs", Broken::removes_other_runs, "RemovesARunAndNoOther"},
    Control{"range_ignored", Broken::range_ignored, "ReadsRanges"},
};

// Leaves out what lies in directories, as a walk that does not descend would.
class ShallowAttempt final : public AttemptArtifacts {
 public:
  explicit ShallowAttempt(std::unique_ptr<AttemptArtifacts> sound) : sound_(std::move(sound)) {}
  fs::path directory() const override { return sound_->directory(); }
  std::uint64_t size_bytes() override { return sound_->size_bytes(); }
  SealedArtifacts seal(std::string_view submitted_at, const StopRequested& is_stopped) override {
    for (const auto& entry : fs::directory_iterator(directory())) {
      if (entry.is_directory()) fs::remove_all(entry.path());
    }
    return sound_->seal(submitted_at, is_stopped);
  }
  void discard() override { sound_->discard(); }

 private:
  std::unique_ptr<AttemptArtifacts> sound_;
};

class BrokenArtifactStore final : public ArtifactStore {
 public:
  BrokenArtifactStore(ArtifactStore& sound, Broken guard) : sound_(sound), guard_(guard) {}

  void check() override { sound_.check(); }
  std::unique_ptr<AttemptArtifacts> begin(std::string_view run_id, std::int64_t epoch,
                                          std::string_view token) override {
    if (guard_ == Broken::attempts_share_a_place) epoch = 1;
    auto attempt = sound_.begin(run_id, epoch, token);
    if (guard_ != Broken::seals_part) return attempt;
    return std::make_unique<ShallowAttempt>(std::move(attempt));
  }
  std::expected<std::unique_ptr<ArtifactReader>, ArtifactError> open(std::string_view run_id, std::string_view prefix,
                                                                     std::string_view name,
                                                                     const ByteRange& range) override {
    std::string run(run_id), place(prefix), file(name);
    if (guard_ == Broken::names_resolved) file = fs::path(file).lexically_normal().string();
    if (guard_ == Broken::runs_unchecked && sound_.run_ids().size() == 1) run = sound_.run_ids()[0];
    const bool shows_all = guard_ == Broken::empty_prefix_shows_all && place.empty();
    if (shows_all || guard_ == Broken::prefix_unchecked) {
      const fs::path whole = fs::path(place) / file;
      place = whole.parent_path().lexically_normal().string();
      file = whole.filename().string();
    }
    return sound_.open(run, place, file, guard_ == Broken::range_ignored ? ByteRange{} : range);
  }
  std::vector<ArtifactInfo> list(std::string_view run_id, std::string_view prefix) override {
    return sound_.list(run_id, prefix);
  }
  void remove_run(std::string_view run_id) override {
    sound_.remove_run(run_id);
    if (guard_ != Broken::removes_other_runs) return;
    for (const std::string& other : sound_.run_ids()) sound_.remove_run(other);
  }
  std::vector<AttemptInfo> attempts(std::string_view run_id) override { return sound_.attempts(run_id); }
  Room room() override { return sound_.room(); }
  void put_back(std::string_view run_id, std::string_view prefix, const std::filesystem::path& from) override {
    sound_.put_back(run_id, prefix, from);
  }
  std::optional<std::string> owner() override { return sound_.owner(); }
  void set_owner(const std::string& identity) override { sound_.set_owner(identity); }
  void condemn_run(std::string_view run_id) override { sound_.condemn_run(run_id); }
  void spare_run(std::string_view run_id) override { sound_.spare_run(run_id); }
  std::vector<std::string> condemned_runs() override { return sound_.condemned_runs(); }
  void remove_attempt(std::string_view run_id, std::string_view prefix) override {
    sound_.remove_attempt(run_id, prefix);
  }
  std::vector<std::string> run_ids() override { return sound_.run_ids(); }

 private:
  ArtifactStore& sound_;
  const Broken guard_;
};

class BrokenUnderTest final : public ArtifactStoreUnderTest {
 public:
  BrokenUnderTest(std::unique_ptr<ArtifactStoreUnderTest> sound, Broken guard)
      : sound_(std::move(sound)), broken_(sound_->store(), guard) {}
  ArtifactStore& store() override { return broken_; }
  void put_old_result(const std::string& run_id, const std::string& name, const std::string& bytes) override {
    sound_->put_old_result(run_id, name, bytes);
  }

 private:
  std::unique_ptr<ArtifactStoreUnderTest> sound_;
  BrokenArtifactStore broken_;
};

std::unique_ptr<ArtifactStoreUnderTest> make_broken() {
  const Broken guard = broken_guard(controls, Broken::none);
  for (const ArtifactStoreBackend& backend : artifact_store_backends()) {
    if (backend.name == "local") return std::make_unique<BrokenUnderTest>(backend.make(), guard);
  }
  return nullptr;
}

const bool joined = has_broken_guard() && register_artifact_store_backend({"broken", make_broken});

int suite_with(const std::string& guard, const std::string& test) {
  return tests_without_guard(guard, "Backend/ArtifactStoreConformance." + test + "/broken");
}

TEST(ArtifactGuardControls, TheSuitePassesWithEveryGuardInPlace) {
  EXPECT_EQ(suite_with("none", "*"), 0);
}

TEST(ArtifactGuardControls, TheSuiteFailsWithoutAnyOneOfThem) {
  for (const Control& control : controls) {
    EXPECT_EQ(suite_with(control.guard_name, control.test), 1)
        << control.guard_name << " is not seen by " << control.test;
  }
}

}  // namespace
}  // namespace backtest
