// Runs as objects of a container, one a run (object_names.hpp, run_document.hpp). A record is created where none
// stands and changed only over the version that was read, so that any number of processes may decide at once and one of
// them is obeyed. Time is the service's Date. Any thread may call.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/background_work.hpp"
#include "run_store/adls/known_runs.hpp"
#include "run_store/adls/object_names.hpp"
#include "run_store/adls/service_clock.hpp"
#include "run_store/adls/store_requests.hpp"
#include "run_store/run_store.hpp"

namespace backtest {

// A lease must outlast what a Date leaves open, and the renewals that a slow service delays.
inline constexpr std::chrono::seconds shortest_adls_lease{5};

struct AdlsRunStoreOptions {
  std::function<StoreTime()> clock_shift;        // added to the service's clock; tests let time pass with it
  std::chrono::milliseconds listing_age{2'000};  // lists and counts may be so old, but for this process's own writes
  std::chrono::milliseconds listing_patience{10'000};  // whoever asks for them waits so long for records to be read
  std::chrono::milliseconds audit_every{600'000};      // 0 = never
};

class AdlsRunStore final : public RunStore {
 public:
  // `prefix` within the container, without a slash at its end. Touches nothing before open().
  AdlsRunStore(std::shared_ptr<ObjectContainer> container, std::string prefix, AdlsRunStoreOptions options = {});
  ~AdlsRunStore() override;

  void open() override;
  // Whether there is anything to open. Throws StoreUnavailable.
  bool exists();
  // Random, written once. Once open.
  std::string identity() const { return identity_; }

  void ping() override;
  StoreTime now() override { return clock_.now(); }
  std::expected<Submitted, SubmitError> submit(const Submission& submission, const SubmitLimits& limits) override;
  // The queue's order and the submitters' turns as run_store.hpp says; turns are counted by each process for itself.
  // `submitter_running_limit` may be overshot by claims of other processes that are under way at that moment.
  std::vector<ClaimedRun> claim(const ClaimRequest& request) override;
  std::vector<LeaseState> renew(const std::vector<Renewal>& renewals,
                                std::chrono::milliseconds lease_duration) override;
  std::expected<RunRecord, WriteError> complete(const Lease& lease, const Completion& completion) override;
  std::expected<RunRecord, WriteError> fail(const Lease& lease, const Failure& failure) override;
  std::expected<RunRecord, WriteError> release(const Lease& lease) override;
  std::expected<RunRecord, WriteError> finish_cancel(const Lease& lease) override;
  CancelOutcome cancel(std::string_view run_id) override;
  std::vector<std::string> reclaim(int limit, int max_lost_attempts) override;
  std::optional<RunRecord> get(std::string_view run_id) override;
  std::vector<RunRecord> get_many(const std::vector<std::string>& run_ids) override;
  std::optional<RunRecord> edit(std::string_view run_id, const RunEdit& edit) override;
  void want_notices(bool are_wanted) override;
  std::vector<RunNotice> take_notices(int limit, std::chrono::milliseconds first_pause) override;
  void settle_notice(std::string_view run_id) override;
  ListPage list(const ListFilter& filter, const std::optional<ListCursor>& after, int limit) override;
  ListPage list_offset(const ListFilter& filter, std::int64_t offset, int limit) override;
  std::expected<void, RemoveError> remove(std::string_view run_id) override;
  Counts counts() override;
  std::int64_t queued_of(std::string_view submitter, std::int64_t at_most) override;
  std::vector<std::string> first_queued(std::int64_t at_most) override;
  std::vector<RunEvent> events(std::string_view run_id, std::int64_t after_sequence) override;
  std::optional<Lease> current_lease(std::string_view run_id) override;

  // Compares every record with the markers and mends what differs, as it does by itself every `audit_every`.
  void audit();

 private:
  using Monotonic = std::chrono::steady_clock::time_point;
  using Configs = adls::Configs;
  using KnownRunPtr = adls::KnownRunPtr;
  using OpenMarker = adls::OpenMarker;
  using RunDocument = adls::RunDocument;

  struct ReadRun {
    enum class Kind { missing, unreadable, removed, there } kind = Kind::missing;
    KnownRunPtr run;  // with config texts, where it was removed or is there
  };
  // The record as it stands now.
  ReadRun read(std::string_view run_id, Configs configs);
  // Nullptr where there is no such run.
  KnownRunPtr fetch(std::string_view run_id, Configs configs);
  // Not older than a fraction of a second: for watchers that ask again and again.
  KnownRunPtr recent(const std::string& run_id);

  // Lets `decide` change the record and writes it, again where somebody else was faster. `decide` is called with what
  // is known; it answers whether to write, and its no is final only of a record that was read for it. Nullptr where
  // there is no such run.
  KnownRunPtr change(std::string_view run_id, const std::function<bool(RunDocument&)>& decide);

  // submit.cpp
  struct Created {
    KnownRunPtr run;
    bool is_ours = true;  // false: another process made this very submission
  };
  std::expected<Created, SubmitError> create_run(const RunDocument& document);
  struct KeyLook {
    std::optional<std::expected<Submitted, SubmitError>> answer;
    bool is_ours = false;  // the key stands for this submission now; its run is still to be made
  };
  // What becomes of a key that stands for a run which is another's by now, or gone.
  enum class KeyOfNoRun { is_left, is_taken };
  std::expected<Submitted, SubmitError> submit_with_key(const RunDocument& document, const std::string& body_sha256);
  // With neither an answer nor the key: to be looked at again.
  KeyLook look_at_key(const RunDocument& document, const std::string& body_sha256, KeyOfNoRun of_no_run);
  bool queue_is_full(const SubmitLimits& limits);
  std::expected<Submitted, SubmitError> answer_of_full_queue(const RunDocument& document,
                                                             const std::string& body_sha256);

  // claim.cpp
  // Those that are not over, in the order in which they are claimed.
  std::vector<OpenMarker> open_runs();
  struct Tried {
    std::optional<ClaimedRun> claimed;
    bool is_running = false;  // somebody else holds it
  };
  Tried claim_marked(const OpenMarker& marker, const ClaimRequest& request);
  void release_unsure_claims();
  void forget_turns_of_others(const std::vector<OpenMarker>& markers);

  // end_lease.cpp
  template <typename Decide, typename Write>
  std::expected<RunRecord, WriteError> end_lease(const Lease& lease, Decide&& decide, Write&& write);
  LeaseState renew_one(const Renewal& renewal, std::chrono::milliseconds lease_duration);
  bool reclaim_marked(const OpenMarker& marker, int max_lost_attempts);

  // Hints: a fault of theirs is mended later and fails nobody's call.
  void write_marker(const RunRecord& record, std::string_view content) noexcept;
  void remove_marker(const std::string& name) noexcept;
  void remove_marker_without_record(const OpenMarker& marker);
  // After a change: the marker of what is over goes.
  void mend_marker(const OpenMarker& marker, const RunDocument& document);

  // remove.cpp
  bool finish_removal(const adls::KnownRun& removed, bool key_may_be_taken);

  // list_runs.cpp
  // Makes what is known of all records as young as that, unless `may_go_on` says no in the middle: then false, and what
  // was read by then stays known, so that the next call goes on from there.
  bool refresh(std::chrono::milliseconds greatest_age, const std::function<bool()>& may_go_on);
  bool is_listed_within(std::chrono::milliseconds age) const;
  bool is_listing_due() const;
  bool read_all(const std::function<bool()>& may_go_on);
  // For whoever lists or counts: false where it takes longer, or StoreUnavailable is thrown.
  bool is_listed_soon(std::chrono::milliseconds patience);
  void wait_for_listing();
  ListPage list_from(const ListFilter& filter, const std::optional<ListCursor>& after, std::int64_t offset, int limit);

  const adls::ObjectNames names_;
  const AdlsRunStoreOptions options_;
  adls::ServiceClock clock_;
  adls::StoreRequests requests_;
  adls::KnownRuns known_;
  std::string identity_;  // set by open(), before the next
  std::atomic<bool> is_open_{false};

  std::timed_mutex refreshing_;                                      // guards the next
  std::map<std::string, std::string> unreadable_;                    // ETags of objects that are no records
  std::atomic<std::size_t> records_listed_{0}, records_to_read_{0};  // by the refresh under way, for messages
  mutable std::mutex listing_;                                       // guards the two below
  std::optional<Monotonic> listed_at_;
  std::chrono::milliseconds listing_took_{0};  // the last one

  std::mutex queue_mutex_;  // guards the two below
  std::int64_t queued_ = 0;
  std::optional<Monotonic> queue_counted_at_;

  std::mutex claiming_;                                   // guards the four below
  std::unordered_map<std::string, std::uint64_t> turns_;  // by submitter's hash: the larger, the later served
  std::uint64_t last_turn_ = 0;
  // Of runs that were seen running: the ETags of their markers, which are written anew when a run comes back.
  std::unordered_map<std::string, std::string> seen_running_;
  std::vector<Lease> unsure_claims_;  // whose answers were lost

  std::mutex marking_;            // guards the next
  std::set<std::string> marked_;  // tokens whose markers say that the run is held

  std::unique_ptr<BackgroundWork> listings_, audits_;  // end first
};

}  // namespace backtest
