#include "artifact_store/adls/adls_places.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "artifact_store/local/local_artifact_store.hpp"
#include "base/diagnostic.hpp"
#include "object_storage/azurite_for_tests.hpp"

namespace backtest {
namespace {

namespace fs = std::filesystem;

constexpr const char* run_id = "RUN20240131-0123456789abcdef";
constexpr const char* token = "0123456789abcdef0123456789abcdef";

class AdlsPlacesTest : public testing::Test {
 protected:
  AdlsPlacesTest() {
    char name[] = "/tmp/backtest-places-XXXXXX";
    settings_.output_dir = mkdtemp(name);
    const std::string home = Azurite::shared().create_container()->name();
    elsewhere_ = Azurite::shared().create_container()->name();
    settings_.storage = Azurite::shared().settings(home + "," + elsewhere_);
    settings_.adls_runs_dir = parse_object_location(home + "/runs", settings_.storage).value();
    scratch_ = make_local_artifact_store(settings_.output_dir);
    scratch_->check();
    places_ = std::make_unique<AdlsPlaces>(settings_, *scratch_);
    places_->belong_to("store-1");
  }
  ~AdlsPlacesTest() override { fs::remove_all(settings_.output_dir); }

  Settings settings_;
  std::string elsewhere_;
  std::unique_ptr<ArtifactStore> scratch_;
  std::unique_ptr<AdlsPlaces> places_;
};

TEST_F(AdlsPlacesTest, ARunsPlaceIsTheConfigsElseHome_API33) {
  const RunLocation home = places_->locate(run_id, std::nullopt);
  EXPECT_EQ(home.container, settings_.adls_runs_dir->container);
  EXPECT_EQ(home.prefix, std::string("runs/") + run_id);
  EXPECT_EQ(&places_->at(run_id, home), &places_->home());
  const RunLocation named = places_->locate(run_id, elsewhere_ + "/team/a/");
  EXPECT_EQ(named.container, elsewhere_);
  EXPECT_EQ(named.prefix, std::string("team/a/") + run_id);
  EXPECT_NE(&places_->at(run_id, named), &places_->home());
  for (const char* wrong : {"nowhere/x", "x", "abfss://c@theirs.dfs.core.windows.net/x", "s3://bucket/x"}) {
    EXPECT_THROW(places_->locate(run_id, wrong), InvalidInput) << wrong;
  }
}

TEST_F(AdlsPlacesTest, ARecordLeadsNowhereElse) {
  EXPECT_THROW(places_->at(run_id, {"nowhere", std::string("x/") + run_id}), InvalidInput);
  EXPECT_THROW(places_->at(run_id, {elsewhere_, "x/other-run"}), InvalidInput);
  EXPECT_THROW(places_->at(run_id, {elsewhere_, run_id}), InvalidInput);
  EXPECT_THROW(places_->at(run_id, {"az://theirs/" + elsewhere_, std::string("x/") + run_id}), InvalidInput);
}

TEST_F(AdlsPlacesTest, HomeKnowsTheOtherPlacesThatWereWrittenTo) {
  const RunLocation named = places_->locate(run_id, elsewhere_ + "/team");
  EXPECT_EQ(places_->places().size(), 1u);
  ArtifactStore& place = places_->at(run_id, named);
  places_->settle(place);
  place.begin(run_id, 1, token)->seal("2024-01-31T00:00:00+00:00");
  AdlsPlaces later(settings_, *scratch_);  // another process, for gc
  const std::vector<ArtifactStore*> found = later.places();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[1]->run_ids(), std::vector<std::string>{run_id});
  EXPECT_EQ(found[1]->owner(), "store-1");
}

TEST_F(AdlsPlacesTest, APlaceBelongsToOneRunStore) {
  const RunLocation named = places_->locate(run_id, elsewhere_ + "/team");
  places_->settle(places_->at(run_id, named));
  AdlsPlaces others(settings_, *scratch_);
  others.belong_to("store-2");
  EXPECT_THROW(others.settle(others.at(run_id, named)), InvalidInput);
}

}  // namespace
}  // namespace backtest
