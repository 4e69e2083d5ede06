// What a RunStore keeps about callers, where it keeps that at all, and what it knows of a submitter's queue.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "run_store/store_for_tests.hpp"

namespace backtest {
namespace {

class RunStoreAccess : public RunStoreFixture {
 protected:
  AccessRecords* records() { return store_.access_records(); }
  std::vector<std::string> actions(const AuditFilter& filter, int limit = 100) {
    std::vector<std::string> found;
    for (const AuditEvent& event : records()->audit_events(filter, limit)) found.push_back(event.action);
    return found;
  }
  void append(const std::string& action, const std::string& caller, const std::string& run_id) {
    records()->append_audit({{.action = action,
                              .caller = caller,
                              .address = "192.0.2.1",
                              .request_id = "r-1",
                              .run_id = run_id,
                              .detail = "it's \"so\""}});
  }
};

TEST_P(RunStoreAccess, KeepsKeysUntilTheyAreRevoked_AUTH9) {
  if (records() == nullptr) GTEST_SKIP() << "keeps no keys";
  EXPECT_TRUE(records()->keys().empty());
  const KeyRecord robot{.key_id = "00000000000000aa", .name = "robot", .scopes = "read", .secret_sha256 = "aa"};
  KeyRecord person{.key_id = "00000000000000bb", .name = "ada", .scopes = "read,write", .secret_sha256 = "bb"};
  person.expires_at = 4'000'000'000'000'000;
  records()->create_key(robot);
  under_test_->advance(milliseconds(1));
  records()->create_key(person);
  std::vector<KeyRecord> keys = records()->keys();
  ASSERT_EQ(keys.size(), 2u);
  for (KeyRecord& key : keys) {
    EXPECT_GT(key.created_at, 0);
    key.created_at = 0;
  }
  EXPECT_EQ(keys[0], robot);
  EXPECT_EQ(keys[1], person);

  EXPECT_FALSE(records()->revoke_key("00000000000000cc"));
  EXPECT_TRUE(records()->revoke_key(robot.key_id));
  const auto revoked_at = records()->keys().at(0).revoked_at;
  ASSERT_TRUE(revoked_at);
  under_test_->advance(milliseconds(1));
  EXPECT_TRUE(records()->revoke_key(robot.key_id));
  EXPECT_EQ(records()->keys().at(0).revoked_at, revoked_at) << "the first time counts";
  EXPECT_EQ(records()->keys().at(1).revoked_at, std::nullopt);
}

TEST_P(RunStoreAccess, TheAuditOnlyGrows_AUTH10) {
  if (records() == nullptr) GTEST_SKIP() << "keeps no audit";
  submit("a");
  append("submit", "ada", "a");
  append("cancel", "bob", "a");
  append("start", "", "");
  ASSERT_EQ(store_.cancel("a"), CancelOutcome::cancelled);
  ASSERT_TRUE(store_.remove("a"));
  append("submit", "bob", "b");
  using Actions = std::vector<std::string>;
  EXPECT_EQ(actions({}), (Actions{"submit", "start", "cancel", "submit"}));
  EXPECT_EQ(actions({.run_id = "a"}), (Actions{"cancel", "submit"})) << "past the removal of its run";
  EXPECT_EQ(actions({.caller = "bob"}), (Actions{"submit", "cancel"}));
  EXPECT_EQ(actions({.run_id = "a", .caller = "bob"}), Actions{"cancel"});
  EXPECT_EQ(actions({}, 2), (Actions{"submit", "start"}));
  const auto page = records()->audit_events({}, 2);
  EXPECT_EQ(actions({.run_id = "", .caller = "", .before_sequence = page.back().sequence}),
            (Actions{"cancel", "submit"}));
  AuditEvent first = records()->audit_events({.run_id = "b"}, 1).at(0);
  EXPECT_GT(first.at, 0);
  first.at = first.sequence = 0;
  EXPECT_EQ(first, (AuditEvent{.action = "submit",
                               .caller = "bob",
                               .address = "192.0.2.1",
                               .request_id = "r-1",
                               .run_id = "b",
                               .detail = "it's \"so\""}));
  for (const int days : {0, 1, 30}) EXPECT_EQ(records()->remove_audit_older_than(days), 0) << days;
  EXPECT_EQ(actions({}).size(), 4u) << "what is of today stays, whatever the retention";
}

TEST_P(RunStoreAccess, ASubmissionsEventIsWrittenWithItsRunAlone_AUTH10) {
  if (records() == nullptr) GTEST_SKIP() << "keeps no audit";
  const AuditEvent event{.action = "submit",
                         .caller = "ada",
                         .address = "192.0.2.1",
                         .request_id = "r-1",
                         .run_id = "a",
                         .detail = "it's \"so\""};
  Submission wanted = submission("a");
  wanted.idempotency_key = "key";
  wanted.body_sha256 = std::string(64, 'a');
  wanted.audit_event = event;
  const auto submitted = store_.submit(wanted, {});
  ASSERT_TRUE(submitted && !submitted->existing);
  std::vector<AuditEvent> kept = records()->audit_events({}, 10);
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_GT(kept[0].at, 0);
  kept[0].at = kept[0].sequence = 0;
  EXPECT_EQ(kept[0], event);

  EXPECT_TRUE(store_.submit(wanted, {})->existing);
  wanted.body_sha256 = std::string(64, 'b');
  EXPECT_EQ(store_.submit(wanted, {}).error(), SubmitError::idempotency_conflict);
  wanted.idempotency_key = std::nullopt;
  EXPECT_EQ(store_.submit(wanted, {}).error(), SubmitError::duplicate_run_id);
  wanted.record.run_id = "b";
  EXPECT_EQ(store_.submit(wanted, {.queue_limit = 1}).error(), SubmitError::queue_full);
  EXPECT_EQ(records()->audit_events({}, 10).size(), 1u) << "none where no run was made";
}

TEST_P(RunStoreAccess, CountsTheQueueOfASubmitter) {
  for (const char* id : {"a", "b", "c"}) submit(id, "ada");
  submit("d", "ada", 5);
  submit("e", "bob");
  EXPECT_EQ(store_.queued_of("ada", 100), 4);
  EXPECT_EQ(store_.queued_of("ada", 2), 2) << "no further than asked";
  EXPECT_EQ(store_.queued_of("bob", 100), 1);
  EXPECT_EQ(store_.queued_of("eve", 100), 0);
  ASSERT_EQ(claim_ids(1), std::vector<std::string>{"d"});
  EXPECT_EQ(store_.queued_of("ada", 100), 3);
}

INSTANTIATE_TEST_SUITE_P(Backend, RunStoreAccess, testing::ValuesIn(run_store_backends()),
                         [](const auto& info) { return info.param.name; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RunStoreAccess);

}  // namespace
}  // namespace backtest
