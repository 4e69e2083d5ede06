// Every call of the store that writes, with its connection cut at each of its statements in turn: before the server
// hears of it, and after the server has committed it. The call must answer, and leave the database, as one that nothing
// happened to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <sstream>

#include "postgres/cutting_proxy_for_tests.hpp"
#include "postgres/private_cluster_for_tests.hpp"
#include "run_store/postgres/migrate.hpp"
#include "run_store/postgres/postgres_run_store.hpp"

namespace backtest {
namespace {

using std::chrono::milliseconds;
using Cut = CuttingProxy::Cut;

const std::string worker_id = random_uuid();

// One database for all cases; each has a run of its own.
class Scene {
 public:
  static Scene& shared() {
    static Scene scene;
    return scene;
  }
  PostgresRunStore& steady() { return *steady_; }  // by a connection that nothing cuts
  PostgresRunStore& cut_off() { return *cut_off_; }
  CuttingProxy& proxy() { return proxy_; }

  std::string submit() {
    const std::string run_id = "RUN" + random_hex(16);
    EXPECT_TRUE(steady().submit(submission_of(run_id), {}).has_value());
    return run_id;
  }
  static Submission submission_of(const std::string& run_id) {
    return {.record = {.run_id = run_id, .config_json = "{}", .effective_config_json = "{}", .submitter = run_id},
            .idempotency_key = "key of " + run_id,
            .body_sha256 = "b",
            .audit_event = AuditEvent{.action = "submit", .caller = run_id, .run_id = run_id}};
  }
  Lease claim(milliseconds lease = milliseconds(30'000)) {
    return steady().claim({.worker_id = worker_id, .limit = 1, .lease_duration = lease}).at(0).lease;
  }
  // Everything that the store says of a run, but for times and tokens.
  std::string seen_of(const std::string& run_id) {
    const auto run = steady().get(run_id);
    const auto lease = steady().current_lease(run_id);
    std::ostringstream seen;
    if (run) {
      seen << to_text(run->state) << ", revision " << run->revision << ", attempts " << run->attempts << ", lost "
           << run->lost_attempts << ", failed " << run->failed_attempts << ", cancel " << run->cancel_requested
           << ", error " << run->error_code.value_or("none") << ", progress " << run->progress << ", artifacts "
           << (run->artifacts ? run->artifacts->prefix : "none");
    }
    if (lease) seen << ", lease " << lease->epoch;
    for (const RunEvent& event : steady().events(run_id, 0)) {
      seen << "; " << to_text(event.state) << ' ' << event.epoch << ' '
           << event.detail.substr(0, event.detail.find(" by "));
    }
    seen << "; audited " << steady().audit_events({.run_id = run_id}, 10).size();
    for (const auto& [id, problem] : steady().audit()) seen << "; " << id << ' ' << problem;
    return seen.str();
  }
  void remove(const std::string& run_id) {
    if (steady().cancel(run_id) == CancelOutcome::requested) {
      if (!steady().finish_cancel(*steady().current_lease(run_id))) steady().reclaim(8, 3);
    }
    steady().remove(run_id);
  }

 private:
  Scene() : database_(PrivateCluster::shared().create_database()), proxy_(PrivateCluster::shared().directory()) {
    std::ostringstream out;
    EXPECT_EQ(migrate_command(Secret(PrivateCluster::shared().dsn(database_)), {"up"}, out, out), 0) << out.str();
    steady_ = std::make_unique<PostgresRunStore>(Secret(PrivateCluster::shared().dsn(database_)));
    cut_off_ = std::make_unique<PostgresRunStore>(Secret(proxy_.dsn(database_)));
    cut_off_->open();
  }

  const std::string database_;
  CuttingProxy proxy_;
  std::unique_ptr<PostgresRunStore> steady_, cut_off_;
};

std::string answer_of(const std::expected<RunRecord, WriteError>& answer) {
  return answer ? std::string(to_text(answer->state)) : "lease_lost";
}

struct Prepared {
  std::string run_id;
  Lease lease;
};
struct WritingCall {
  std::string name;
  std::function<Prepared(Scene&)> prepare;
  std::function<std::string(PostgresRunStore&, const Prepared&)> call;  // its answer in words
  std::string answer;
};

Prepared queued(Scene& scene) {
  return {scene.submit(), {}};
}
Prepared leased(Scene& scene) {
  const std::string run_id = scene.submit();
  return {run_id, scene.claim()};
}
Prepared asked_to_cancel(Scene& scene) {
  Prepared run = leased(scene);
  EXPECT_EQ(scene.steady().cancel(run.run_id), CancelOutcome::requested);
  return run;
}
Prepared expired(Scene& scene) {
  const std::string run_id = scene.submit();
  const Lease lease = scene.claim(milliseconds(1));
  std::this_thread::sleep_for(milliseconds(3));
  return {run_id, lease};
}
Prepared cancelled(Scene& scene) {
  Prepared run = queued(scene);
  EXPECT_EQ(scene.steady().cancel(run.run_id), CancelOutcome::cancelled);
  return run;
}
Prepared nothing(Scene&) {
  return {"RUN" + random_hex(16), {}};
}

std::string outcome_of(CancelOutcome outcome) {
  static constexpr const char* names[] = {"cancelled", "requested", "already_terminal", "not_found"};
  return names[static_cast<int>(outcome)];
}
std::string cancel(PostgresRunStore& store, const Prepared& run) {
  return outcome_of(store.cancel(run.run_id));
}
std::string remove(PostgresRunStore& store, const Prepared& run) {
  const auto answer = store.remove(run.run_id);
  if (answer) return "removed";
  return answer.error() == RemoveError::not_found ? "not_found" : "not_terminal";
}
std::string submit(PostgresRunStore& store, const Prepared& run) {
  const auto answer = store.submit(Scene::submission_of(run.run_id), {.queue_limit = 1'000});
  if (!answer) return "refused";
  return answer->existing ? "existing" : "new";
}
std::string fail(PostgresRunStore& store, const Prepared& run, bool is_retryable) {
  return answer_of(store.fail(run.lease, {.code = "c", .message = "m", .retryable = is_retryable}));
}

const std::vector<WritingCall>& writing_calls() {
  static const std::vector<WritingCall> calls = {
      {"submit", nothing, submit, "new"},
      {"submit_again", queued, submit, "existing"},
      {"renew", leased,
       [](PostgresRunStore& store, const Prepared& run) {
         const auto states = store.renew({{run.lease, AttemptProgress{.fraction = 0.5}}}, milliseconds(30'000));
         return std::string(states.at(0) == LeaseState::held ? "held" : "not held");
       },
       "held"},
      {"complete", leased,
       [](PostgresRunStore& store, const Prepared& run) {
         return answer_of(store.complete(run.lease, {.artifacts = {"p", "m"}}));
       },
       "completed"},
      {"complete_late", expired,
       [](PostgresRunStore& store, const Prepared& run) {
         return answer_of(store.complete(run.lease, {.artifacts = {"p", "m"}}));
       },
       "lease_lost"},
      {"fail", leased, [](PostgresRunStore& store, const Prepared& run) { return fail(store, run, false); }, "failed"},
      {"retry", leased, [](PostgresRunStore& store, const Prepared& run) { return fail(store, run, true); }, "queued"},
      {"release", leased,
       [](PostgresRunStore& store, const Prepared& run) { return answer_of(store.release(run.lease)); }, "queued"},
      {"finish_cancel", asked_to_cancel,
       [](PostgresRunStore& store, const Prepared& run) { return answer_of(store.finish_cancel(run.lease)); },
       "cancelled"},
      {"cancel_queued", queued, cancel, "cancelled"},
      {"cancel_running", leased, cancel, "requested"},
      {"cancel_running_again", asked_to_cancel, cancel, "requested"},
      {"cancel_cancelled", cancelled, cancel, "already_terminal"},
      {"cancel_nothing", nothing, cancel, "not_found"},
      {"remove", cancelled, remove, "removed"},
      {"remove_queued", queued, remove, "not_terminal"},
      {"remove_nothing", nothing, remove, "not_found"},
      // Which runs it touched is for a log line; a lost answer loses that.
      {"reclaim", expired,
       [](PostgresRunStore& store, const Prepared&) {
         store.reclaim(8, 3);
         return std::string("done");
       },
       "done"},
  };
  return calls;
}

class LostAnswer : public testing::TestWithParam<WritingCall> {
 protected:
  Scene& scene = Scene::shared();
};

TEST_P(LostAnswer, LeavesNoTrace) {
  const WritingCall& writing = GetParam();
  const auto seen_after = [&](int statement, Cut cut) -> std::optional<std::string> {
    const Prepared run = writing.prepare(scene);
    if (statement > 0) scene.proxy().cut(statement, cut);
    std::string answer;
    try {
      answer = writing.call(scene.cut_off(), run);
    } catch (const StoreUnavailable& error) {
      answer = error.what();
    }
    EXPECT_EQ(answer, writing.answer) << "cut at statement " << statement
                                      << (cut == Cut::after_server ? ", after" : "");
    const bool was_cut = statement == 0 || scene.proxy().has_cut();
    std::string seen = scene.seen_of(run.run_id);
    scene.remove(run.run_id);
    if (!was_cut) return std::nullopt;
    return seen;
  };
  const auto uncut = seen_after(0, Cut::before_server);
  int statements = 0;
  for (const Cut cut : {Cut::before_server, Cut::after_server}) {
    for (int statement = 1;; ++statement, ++statements) {
      const auto seen = seen_after(statement, cut);
      if (!seen) break;
      EXPECT_EQ(*seen, *uncut) << "cut at statement " << statement;
    }
  }
  EXPECT_GE(statements, 2);
  EXPECT_TRUE(scene.steady().audit().empty());
}

INSTANTIATE_TEST_SUITE_P(Of, LostAnswer, testing::ValuesIn(writing_calls()),
                         [](const auto& call) { return call.param.name; });

// A claim whose answer is lost has leased runs that nobody works on: they come back before their lease would have
// ended. Whatever it answers in the end is held by exactly that lease.
class LostClaim : public testing::TestWithParam<std::tuple<int, bool>> {
 protected:
  Scene& scene = Scene::shared();
};

TEST_P(LostClaim, IsHeldOnceAndComesBackAtOnce) {
  const auto [cap, loses_the_next_one_too] = GetParam();
  for (const Cut cut : {Cut::before_server, Cut::after_server}) {
    for (int statement = 1;; ++statement) {
      const std::string run_id = scene.submit();
      scene.proxy().cut(statement, cut);
      if (loses_the_next_one_too) scene.proxy().on_cut([&] { scene.proxy().cut(1, Cut::before_server); });
      const ClaimRequest request{.worker_id = worker_id, .limit = 2, .submitter_running_limit = cap};
      auto claimed = scene.cut_off().claim(request);
      const bool was_cut = scene.proxy().has_cut();
      if (claimed.empty()) {
        EXPECT_EQ(scene.cut_off().reclaim(8, 3), std::vector{run_id}) << "leased to nobody for the whole lease";
        claimed = scene.cut_off().claim(request);
      }
      ASSERT_EQ(claimed.size(), 1u) << "cut at statement " << statement;
      EXPECT_EQ(scene.steady().current_lease(run_id), claimed[0].lease);
      EXPECT_EQ(answer_of(scene.steady().complete(claimed[0].lease, {.artifacts = {"p", "m"}})), "completed");
      EXPECT_LE(scene.steady().get(run_id)->lost_attempts, 1);
      EXPECT_TRUE(scene.steady().audit().empty());
      scene.remove(run_id);
      if (!was_cut) break;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(WithCap, LostClaim, testing::Combine(testing::Values(0, 2), testing::Bool()));

// Two do the same to one run, the second when the first has lost its answer: exactly one of them did it.
void expect_done_once(const std::function<Prepared(Scene&)>& prepare,
                      const std::function<std::string(PostgresRunStore&, const Prepared&)>& call,
                      const std::string& done) {
  Scene& scene = Scene::shared();
  int cuts = 0;
  for (const Cut cut : {Cut::before_server, Cut::after_server}) {
    for (int statement = 1;; ++statement, ++cuts) {
      const Prepared run = prepare(scene);
      std::string other;
      scene.proxy().cut(statement, cut);
      scene.proxy().on_cut([&] { other = call(scene.steady(), run); });
      const std::string first = call(scene.cut_off(), run);
      if (!scene.proxy().has_cut()) break;
      EXPECT_EQ((first == done) + (other == done), 1)
          << "cut at statement " << statement << ": " << first << " and " << other;
      scene.remove(run.run_id);
    }
  }
  EXPECT_GE(cuts, 4);
}

TEST(LostCancel, IsNotTakenForSomebodyElses) {
  expect_done_once(queued, cancel, "cancelled");
}

TEST(LostRemoval, IsNotTakenForSomebodyElses) {
  expect_done_once(cancelled, remove, "removed");
}

// The holder may see a request and end before the caller, whose answer was lost, asks again.
TEST(LostCancel, WasARequestAlsoWhereTheRunHasEndedSince) {
  Scene& scene = Scene::shared();
  const Prepared run = leased(scene);
  scene.proxy().cut(4, Cut::after_server);  // the commit
  scene.proxy().on_cut([&] { EXPECT_TRUE(scene.steady().finish_cancel(run.lease).has_value()); });
  EXPECT_EQ(cancel(scene.cut_off(), run), "requested");
}

}  // namespace
}  // namespace backtest
