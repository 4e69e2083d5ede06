// What is this store's own, on a real Azurite: its requests, records of the Python service, and what a death between
// two requests leaves.
#include "run_store/adls/adls_run_store.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "base/utc_time.hpp"
#include "object_storage/azurite_for_tests.hpp"
#include "run_store/adls/idempotency_key.hpp"
#include "run_store/adls/watched_container_for_tests.hpp"

namespace backtest {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Ids = std::vector<std::string>;

Submission submission(const std::string& run_id, std::optional<std::string> key = std::nullopt) {
  Submission submission;
  submission.record.run_id = run_id;
  submission.record.submitter = "ada";
  submission.record.effective_config_json = "{\"effective\":true}";
  submission.idempotency_key = std::move(key);
  submission.body_sha256 = "body";
  return submission;
}

Completion completion_of(const Lease& lease) {
  return {.artifacts = {"attempts/1-" + lease.token, "manifest"}};
}

class AdlsRunStoreTest : public testing::Test {
 protected:
  AdlsRunStoreTest() : api_(open()), worker_(open()) {}

  std::unique_ptr<AdlsRunStore> open() {
    auto store = std::make_unique<AdlsRunStore>(
        container_, "results",
        AdlsRunStoreOptions{
            .clock_shift = [this] { return shift_; }, .listing_age = seconds(0), .audit_every = seconds(0)});
    store->open();
    return store;
  }
  void advance(seconds time) { shift_ += std::chrono::microseconds(time).count(); }
  std::vector<ClaimedRun> claim(RunStore& store) {
    return store.claim({.worker_id = "worker", .limit = 1, .lease_duration = shortest_adls_lease});
  }
  Ids claim_ids(RunStore& store) {
    Ids ids;
    for (const ClaimedRun& run : claim(store)) ids.push_back(run.lease.run_id);
    return ids;
  }
  Ids open_markers() {
    Ids ids;
    for (const ObjectInfo& object : container_->list(names_.open_runs()).objects) {
      ids.push_back(names_.marker_of(object).value().run_id);
    }
    return ids;
  }
  // What a listing says holds for a while: a run that took longer than that may ask once more, which is not counted.
  int requests_of_a_run(RunStore& accepting, RunStore& working, const Submission& submission) {
    container_->taken();
    const auto began = std::chrono::steady_clock::now();
    EXPECT_TRUE(accepting.submit(submission, {.queue_limit = 100}));
    const auto claimed = claim(working);
    EXPECT_EQ(claimed.size(), 1u);
    if (claimed.empty()) return 0;
    EXPECT_TRUE(working.complete(claimed[0].lease, completion_of(claimed[0].lease)));
    const bool listing_aged = std::chrono::steady_clock::now() - began > std::chrono::seconds(1);
    return container_->taken().all() - (listing_aged ? 1 : 0);
  }

  StoreTime shift_ = 0;
  const adls::ObjectNames names_{"results"};
  const std::shared_ptr<WatchedContainer> container_ =
      std::make_shared<WatchedContainer>(Azurite::shared().create_container());
  const std::unique_ptr<AdlsRunStore> api_, worker_;
};

TEST_F(AdlsRunStoreTest, ARunCostsAtMostEightRequests) {
  claim(*api_);
  claim(*worker_);
  EXPECT_LE(requests_of_a_run(*worker_, *worker_, submission("own")), 6);
  EXPECT_LE(requests_of_a_run(*worker_, *worker_, submission("own with key", "key")), 7);
  EXPECT_LE(requests_of_a_run(*api_, *worker_, submission("another's")), 7);
  EXPECT_LE(requests_of_a_run(*api_, *worker_, submission("another's with key", "another key")), 8);
  claim(*worker_);
  const auto idle = container_->taken();
  EXPECT_EQ(idle.lists, 1);
  EXPECT_EQ(idle.all(), 1) << "an empty poll";
}

TEST_F(AdlsRunStoreTest, WhatIsKnownIsNotReadAgain) {
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(api_->submit(submission("run" + std::to_string(i)), {}));
  EXPECT_EQ(worker_->list({}, std::nullopt, 5).runs.size(), 5u);
  container_->taken();
  EXPECT_EQ(worker_->list({}, std::nullopt, 50).runs.size(), 20u);
  EXPECT_EQ(worker_->counts().queued, 20);
  auto requests = container_->taken();
  EXPECT_EQ(requests.lists, 2);
  EXPECT_EQ(requests.all(), 2);
  api_->cancel("run7");
  container_->taken();
  EXPECT_EQ(worker_->counts().cancelled, 1);
  requests = container_->taken();
  EXPECT_EQ(requests.lists, 1);
  EXPECT_EQ(requests.reads, 1) << "the one that changed";
}

TEST_F(AdlsRunStoreTest, WhoAsksOftenWaitsForNoListing) {
  constexpr milliseconds list_takes(400);  // longer than a busy machine keeps a thread waiting
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(api_->submit(submission("run" + std::to_string(i)), {}));
  AdlsRunStore reader(container_, "results",
                      {.clock_shift = {}, .listing_age = milliseconds(1'500), .audit_every = seconds(0)});
  reader.open();
  container_->delay_each(milliseconds(0), list_takes);
  EXPECT_EQ(reader.list({}, std::nullopt, 50).runs.size(), 5u);
  ASSERT_TRUE(api_->submit(submission("later"), {}));
  container_->taken();
  int asked = 0, waited = 0;
  const auto begun = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begun < seconds(6)) {
    const auto asked_at = std::chrono::steady_clock::now();
    const std::size_t runs = reader.list({}, std::nullopt, 50).runs.size();
    ++asked;
    if (std::chrono::steady_clock::now() - asked_at >= list_takes) ++waited;
    if (asked_at - begun > milliseconds(2'500)) EXPECT_EQ(runs, 6u) << "from a listing at most so old";
    std::this_thread::sleep_for(milliseconds(10));
  }
  EXPECT_LE(waited, 1) << "of " << asked;
  const int lists = container_->taken().lists;
  const auto lasted = std::chrono::steady_clock::now() - begun;
  EXPECT_GE(lists, 3);
  EXPECT_LE(lists, lasted / milliseconds(750) + 1) << "one in half of that time";
}

TEST_F(AdlsRunStoreTest, NobodyWaitsUntilManyRecordsAreRead) {
  constexpr int runs = 100;
  for (int i = 0; i < runs; ++i) ASSERT_TRUE(api_->submit(submission("run" + std::to_string(i)), {}));
  AdlsRunStore reader(container_, "results",
                      {.clock_shift = {},
                       .listing_age = seconds(60),
                       .listing_patience = milliseconds(100),
                       .audit_every = seconds(0)});
  reader.open();
  container_->delay_each(milliseconds(40), milliseconds(0));
  container_->taken();
  EXPECT_TRUE(reader.first_queued(1'000).empty()) << "nobody knows yet";
  std::string said;
  std::size_t listed = 0;
  for (int calls = 0; listed < runs && calls < 1'000; ++calls) {  // as many as the machine is slow
    try {
      listed = reader.list({}, std::nullopt, 2 * runs).runs.size();
    } catch (const StoreUnavailable& error) {
      said = error.what();
    }
  }
  EXPECT_TRUE(said.contains("of 100 are left")) << said;
  EXPECT_EQ(listed, runs);
  EXPECT_EQ(container_->taken().reads, runs) << "each once, whoever asked: a call goes on where the one before stopped";
  EXPECT_EQ(reader.first_queued(1'000).at(7), "run7");
}

TEST_F(AdlsRunStoreTest, ReadsAndTakesOverRecordsOfThePythonService_STO3) {
  const std::string fields =
      R"("adls_container":"platinum","adls_prefix":"results/old","completed_at":null,"config_json":"{}",)"
      R"("effective_config_json":"{\"a\":1}","end_date":"2021-01-01","error":null,"output_dir":"/srv/out/old",)"
      R"("run_name":"Old","start_date":"2020-01-01","started_at":"2024-01-31T12:00:01+00:00",)"
      R"("submitted_at":"2024-01-31T12:00:00.500000",)";
  container_->put(names_.record("done"), "{" + fields + R"("run_id":"done","status":"completed"})");
  container_->put(names_.record("waiting"), "{" + fields + R"("run_id":"waiting","status":"running"})");
  container_->put(names_.record("broken"), "{");
  EXPECT_EQ(worker_->list({}, std::nullopt, 10).runs.size(), 2u);
  const RunRecord done = *worker_->get("done");
  EXPECT_EQ(done.state, RunState::completed);
  EXPECT_EQ(done.artifacts, ArtifactPointer{});
  EXPECT_EQ(done.adls_prefix, "results/old");
  EXPECT_EQ(done.output_dir, "done");
  EXPECT_EQ(utc_text(done.submitted_at), "2024-01-31T12:00:00.500000+00:00");
  EXPECT_EQ(worker_->get("broken"), std::nullopt);
  EXPECT_EQ(api_->submit(submission("broken"), {}).error(), SubmitError::duplicate_run_id);
  EXPECT_EQ(claim_ids(*worker_), Ids{}) << "without a marker";
  worker_->audit();
  EXPECT_EQ(claim_ids(*worker_), Ids{"waiting"});
}

TEST_F(AdlsRunStoreTest, ARecordKeepsTheFourteenFieldsAndWhatItDoesNotKnow_STO3) {
  ASSERT_TRUE(api_->submit(submission("a"), {}));
  auto object = *container_->get(names_.record("a"));
  std::string text = object.bytes;
  for (const char* name :
       {"run_id", "status", "submitted_at", "started_at", "completed_at", "run_name", "start_date", "end_date",
        "output_dir", "adls_container", "adls_prefix", "error", "config_json", "effective_config_json"}) {
    EXPECT_TRUE(text.contains("\"" + std::string(name) + "\":")) << name;
  }
  text.insert(1, R"("added_later":[1,"x"],)");
  container_->put(names_.record("a"), text);
  api_->cancel("a");
  EXPECT_TRUE(container_->get(names_.record("a"))->bytes.contains(R"("added_later":[1,"x"])"));
}

TEST_F(AdlsRunStoreTest, MendsMarkers) {
  for (const char* id : {"a", "b"}) ASSERT_TRUE(api_->submit(submission(id), {}));
  const Ids both = open_markers();
  for (const ObjectInfo& object : container_->list(names_.open_runs()).objects) container_->remove(object.name);
  EXPECT_EQ(claim_ids(*worker_), Ids{});
  worker_->audit();
  EXPECT_EQ(open_markers(), both);
  EXPECT_EQ(claim_ids(*worker_), Ids{"a"});

  // Of a run that is over, and of one that never was.
  const std::string marker = names_.marker(*api_->get("b"));
  api_->cancel("b");
  container_->put(marker, adls::waiting_marker);
  container_->put(names_.marker(submission("never").record), adls::waiting_marker);
  EXPECT_EQ(claim_ids(*worker_), Ids{});
  EXPECT_EQ(open_markers(), (Ids{"never", "a"})) << "the submission may still be under way";
  advance(seconds(120));
  EXPECT_EQ(claim_ids(*worker_), Ids{});
  EXPECT_EQ(open_markers(), Ids{"a"});
}

TEST_F(AdlsRunStoreTest, FindsALeaseThatAnotherProcessLost) {
  ASSERT_TRUE(api_->submit(submission("a"), {}));
  const auto claimed = claim(*worker_);
  ASSERT_EQ(claimed.size(), 1u);
  EXPECT_EQ(worker_->renew({{claimed[0].lease, {}}}, shortest_adls_lease), std::vector{LeaseState::held});
  EXPECT_EQ(api_->reclaim(8, 3), Ids{});
  advance(shortest_adls_lease + seconds(2));
  EXPECT_EQ(api_->reclaim(8, 3), Ids{"a"});
  EXPECT_EQ(claim_ids(*worker_), Ids{"a"});
}

TEST_F(AdlsRunStoreTest, GivesBackAClaimWhoseAnswerWasLost) {
  ASSERT_TRUE(api_->submit(submission("a"), {}));
  container_->lose_next_answer_to_replace();
  EXPECT_THROW(claim(*worker_), StoreUnavailable);
  EXPECT_EQ(api_->get("a")->state, RunState::running);
  EXPECT_EQ(claim_ids(*worker_), Ids{"a"}) << "at once, not when the lease has expired";
  EXPECT_EQ(api_->get("a")->lost_attempts, 0);
}

TEST_F(AdlsRunStoreTest, CompletesASubmissionThatDiedAfterItsKey_STO8) {
  Submission dead = submission("dead", "key");
  adls::RunDocument document = adls::new_document(dead.record, api_->now());
  document.key_name = names_.key("ada", "key");
  container_->put(document.key_name, adls::key_text({"body", document}));
  Submission again = submission("again", "key");
  const auto submitted = api_->submit(again, {});
  ASSERT_TRUE(submitted);
  EXPECT_TRUE(submitted->existing);
  EXPECT_EQ(submitted->record.run_id, "dead");
  again.body_sha256 = "other body";
  EXPECT_EQ(api_->submit(again, {}).error(), SubmitError::idempotency_conflict);
  EXPECT_EQ(claim_ids(*worker_), Ids{"dead"});
}

TEST_F(AdlsRunStoreTest, AKeyThatStandsForAnothersRunIsTaken) {
  ASSERT_TRUE(api_->submit(submission("a"), {}));
  EXPECT_EQ(api_->submit(submission("a", "key"), {}).error(), SubmitError::duplicate_run_id);
  const auto submitted = api_->submit(submission("b", "key"), {});
  ASSERT_TRUE(submitted);
  EXPECT_FALSE(submitted->existing);
  EXPECT_EQ(submitted->record.run_id, "b");
  EXPECT_EQ(worker_->submit(submission("c", "key"), {})->record.run_id, "b");
}

TEST_F(AdlsRunStoreTest, EndsARemovalThatWasLeft) {
  ASSERT_TRUE(api_->submit(submission("a", "key"), {}));
  api_->cancel("a");
  auto document = *adls::parse_document("a", container_->get(names_.record("a"))->bytes);
  document.removed_at = api_->now();
  container_->put(names_.record("a"), adls::document_text(document));
  EXPECT_EQ(worker_->get("a"), std::nullopt);
  EXPECT_TRUE(worker_->list({}, std::nullopt, 9).runs.empty());
  EXPECT_THROW(worker_->submit(submission("a"), {}), StoreUnavailable) << "whoever removes it may still delete";
  worker_->audit();
  EXPECT_TRUE(container_->get(names_.record("a")));
  advance(seconds(600));
  worker_->audit();
  EXPECT_FALSE(container_->get(names_.record("a")));
  EXPECT_FALSE(container_->get(document.key_name));
  EXPECT_TRUE(worker_->submit(submission("a"), {}));
}

TEST_F(AdlsRunStoreTest, KnowsItself) {
  EXPECT_FALSE(api_->identity().empty());
  EXPECT_EQ(api_->identity(), worker_->identity());
  AdlsRunStore other(container_, "elsewhere");
  EXPECT_FALSE(other.exists());
  EXPECT_TRUE(api_->exists());
  EXPECT_THROW(other.ping(), StoreUnavailable);
  api_->ping();
}

}  // namespace
}  // namespace backtest
