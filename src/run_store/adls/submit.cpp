// Submissions: the marker first, then the record, so that no accepted run is without a marker; with an idempotency key,
// the key's object before both. That object holds the whole submission: whoever finds it without its run makes the run
// from it, so that one key is one run whoever dies when.
#include <thread>
#include <utility>

#include "run_store/adls/adls_run_store.hpp"
#include "run_store/adls/idempotency_key.hpp"
#include "run_store/adls/removal_times.hpp"

namespace backtest {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds queue_count_age{2'000};
// Half of the time after which other processes delete a marker that has no record.
constexpr milliseconds marker_may_be_gone_after{30'000};
constexpr milliseconds removal_patience{2'000};
constexpr milliseconds removal_poll{50};

[[noreturn]] void refuse_while_removed(std::string_view run_id) {
  throw StoreUnavailable("run " + std::string(run_id) + " is being removed; try again");
}

}  // namespace

bool AdlsRunStore::queue_is_full(const SubmitLimits& limits) {
  if (limits.queue_limit <= 0) return false;
  {
    const std::lock_guard lock(queue_mutex_);
    const bool is_known = queue_counted_at_ && steady_clock::now() - *queue_counted_at_ <= queue_count_age;
    if (is_known && queued_ < limits.queue_limit) return false;
  }
  open_runs();
  {
    const std::lock_guard lock(queue_mutex_);
    if (queued_ < limits.queue_limit) return false;
  }
  // Markers may still call a run queued that another process has claimed, so before a refusal the records are counted.
  return counts().queued >= limits.queue_limit;
}

std::expected<Submitted, SubmitError> AdlsRunStore::submit(const Submission& submission, const SubmitLimits& limits) {
  RunDocument document = adls::new_document(submission.record, clock_.next_moment());
  if (submission.idempotency_key) {
    document.key_name = names_.key(document.record.submitter, *submission.idempotency_key);
  }
  if (queue_is_full(limits)) return answer_of_full_queue(document, submission.body_sha256);
  if (submission.idempotency_key) return submit_with_key(document, submission.body_sha256);
  auto created = create_run(document);
  if (!created) return std::unexpected(created.error());
  return Submitted{created->run->document.record, !created->is_ours};
}

// A full queue still answers a known key with its run, and a taken id as such, before it refuses.
std::expected<Submitted, SubmitError> AdlsRunStore::answer_of_full_queue(const RunDocument& document,
                                                                         const std::string& body_sha256) {
  if (!document.key_name.empty()) {
    KeyLook look = look_at_key(document, body_sha256, KeyOfNoRun::is_left);
    if (look.answer) return std::move(*look.answer);
  }
  const bool is_taken = read(document.record.run_id, Configs::dropped).kind != ReadRun::Kind::missing;
  return std::unexpected(is_taken ? SubmitError::duplicate_run_id : SubmitError::queue_full);
}

std::expected<Submitted, SubmitError> AdlsRunStore::submit_with_key(const RunDocument& document,
                                                                    const std::string& body_sha256) {
  const auto begun = steady_clock::now();
  while (!requests_.create(document.key_name, adls::key_text({body_sha256, document}))) {
    KeyLook look = look_at_key(document, body_sha256, KeyOfNoRun::is_taken);
    if (look.answer) return std::move(*look.answer);
    if (look.is_ours) break;
    if (steady_clock::now() - begun > removal_patience) refuse_while_removed(document.record.run_id);
    std::this_thread::sleep_for(removal_poll);
  }
  auto created = create_run(document);
  if (!created) return std::unexpected(created.error());
  return Submitted{created->run->document.record, !created->is_ours};
}

AdlsRunStore::KeyLook AdlsRunStore::look_at_key(const RunDocument& document, const std::string& body_sha256,
                                                KeyOfNoRun of_no_run) {
  const auto object = requests_.get(document.key_name);
  if (!object) return {};  // deleted since the caller found it there
  auto key = adls::parse_key(object->bytes);
  const ReadRun named =
      key ? read(key->document.record.run_id, Configs::dropped) : ReadRun{ReadRun::Kind::unreadable, {}};
  const bool is_its_run = named.kind == ReadRun::Kind::there && named.run->document.key_name == document.key_name;
  const bool is_to_come = named.kind == ReadRun::Kind::missing;
  if (is_its_run || is_to_come) {
    if (key->body_sha256 != body_sha256) return {.answer = std::unexpected(SubmitError::idempotency_conflict)};
    if (is_its_run) return {.answer = Submitted{named.run->document.record, true}};
    // Whoever wrote the key has not come to the run yet, or died before it.
    key->document.key_name = document.key_name;
    const auto created = create_run(key->document);
    if (!created) return {};                             // the id went to somebody else: the key stands for no run
    requests_.create(document.key_name, object->bytes);  // had the run been removed in between, so had its key
    return {.answer = Submitted{created->run->document.record, true}};
  }
  const bool is_being_removed = named.kind == ReadRun::Kind::removed &&
                                clock_.now() - *named.run->document.removed_at < adls::removal_is_over_after;
  if (is_being_removed || of_no_run == KeyOfNoRun::is_left) return {};
  const auto taken = requests_.replace(document.key_name, adls::key_text({body_sha256, document}), object->info.etag);
  return {.is_ours = taken.has_value()};
}

std::expected<AdlsRunStore::Created, SubmitError> AdlsRunStore::create_run(const RunDocument& document) {
  const std::string& run_id = document.record.run_id;
  const std::string text = adls::document_text(document);
  const std::string marker = names_.marker(document.record);
  const auto begun = steady_clock::now();
  requests_.put(marker, adls::waiting_marker);
  for (;;) {
    const auto asked_at = steady_clock::now();
    auto written = requests_.create(names_.record(run_id), text);
    ReadRun other;
    if (!written) {
      other = read(run_id, Configs::kept);
      const bool is_abandoned = other.kind == ReadRun::Kind::removed &&
                                clock_.now() - *other.run->document.removed_at >= adls::removal_is_over_after;
      if (is_abandoned) written = requests_.replace(names_.record(run_id), text, other.run->etag);
    }
    if (written) {
      if (steady_clock::now() - begun > marker_may_be_gone_after) write_marker(document.record, adls::waiting_marker);
      const std::lock_guard lock(queue_mutex_);
      ++queued_;
      return Created{known_.put(std::move(written->etag), document, Configs::kept, asked_at), true};
    }
    if (other.kind == ReadRun::Kind::there || other.kind == ReadRun::Kind::unreadable) {
      const bool is_this_one =
          other.run && !document.key_name.empty() && other.run->document.key_name == document.key_name;
      if (is_this_one) return Created{std::move(other.run), false};
      if (!other.run || names_.marker(other.run->document.record) != marker) remove_marker(marker);
      return std::unexpected(SubmitError::duplicate_run_id);
    }
    if (steady_clock::now() - begun > removal_patience) refuse_while_removed(run_id);
    std::this_thread::sleep_for(removal_poll);
  }
}

}  // namespace backtest
