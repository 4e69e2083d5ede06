#include "worker/attempt.hpp"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/diagnostic.hpp"
#include "base/log.hpp"
#include "base/utc_time.hpp"
#include "spec/spec.hpp"
#include "worker/child_side.hpp"
#include "worker/dataset_places.hpp"

namespace backtest {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds look_every{20};
constexpr milliseconds patience_after_stop{2'000};  // then the child is killed
constexpr milliseconds store_retry_every{200};
constexpr milliseconds look_at_size_every{1'000};

// Only what a child needs: no variable of this process, where secrets are.
// What the loader's client and Azure's command line read themselves comes on top, where the config's tables need it.
std::vector<std::string> loader_environment(const StorageSettings& storage) {
  std::vector<std::string> environment = child_environment();
  const auto put = [&](const std::string& variable) {
    const std::string name = variable.substr(0, variable.find('=') + 1);
    std::erase_if(environment, [&](const std::string& known) { return known.starts_with(name); });
    environment.push_back(variable);
  };
  for (const AzureAccount& account : storage.azure) std::ranges::for_each(account.identity.cli_environment, put);
  std::ranges::for_each(storage.proxy_environment, put);
  return environment;
}

// Splits what arrives on the pipe into lines.
class Lines {
 public:
  template <typename OnLine>
  void append(std::string_view bytes, OnLine&& on_line) {
    pending_ += bytes;
    std::size_t begin = 0;
    for (std::size_t end; (end = pending_.find('\n', begin)) != std::string::npos; begin = end + 1) {
      on_line(std::string_view(pending_).substr(begin, end - begin));
    }
    pending_.erase(0, begin);
  }

 private:
  std::string pending_;
};

AttemptOutcome outcome_of_exit(const ExitOfChild& exit) {
  AttemptOutcome outcome;
  outcome.kind = OutcomeKind::machine_fault;
  if (exit.by_signal && exit.code == SIGSYS) outcome.kind = OutcomeKind::forbidden;
  if (exit.by_signal && exit.code == SIGXCPU) outcome.kind = OutcomeKind::out_of_time;
  outcome.message = exit.by_signal ? "the run's process was ended by signal " + std::to_string(exit.code)
                                   : "the run's process ended with status " + std::to_string(exit.code);
  return outcome;
}

// Something lies where this run's directories should be: that is no reason to keep others waiting.
bool is_obstacle(const std::error_code& code) {
  return code == std::errc::not_a_directory || code == std::errc::file_exists || code == std::errc::is_a_directory ||
         code == std::errc::too_many_symbolic_link_levels || code == std::errc::cross_device_link;
}

OutcomeKind kind_of_fault(const std::exception& error) {
  const auto* of_system = dynamic_cast<const std::system_error*>(&error);
  if (of_system == nullptr) return OutcomeKind::machine_unfit;
  if (is_disk_full(of_system->code())) return OutcomeKind::disk_full;
  return is_obstacle(of_system->code()) ? OutcomeKind::machine_fault : OutcomeKind::machine_unfit;
}

void try_again_later(Failure& failure, int failed_attempts) {
  failure.retryable = true;
  failure.retry_delay = retry_delay(failed_attempts + 1);
}

}  // namespace

Attempt::Attempt(ClaimedRun run, MonotonicTime asked_at, const AttemptSettings& settings, RunStore& runs,
                 const ArtifactPlaces& artifacts, std::function<void()> on_finished)
    : run_(std::move(run)),
      settings_(settings),
      runs_(runs),
      artifacts_(artifacts),
      on_finished_(std::move(on_finished)),
      last_good_(asked_at) {
  thread_ = std::thread([this] {
    try {
      this->run();
    } catch (const std::exception& error) {
      log_error("attempt", {{"run_id", run_.lease.run_id}, {"error", error.what()}});
      was_unfit_ = true;
    }
    finished_.store(true);
    on_finished_();
  });
}

Attempt::~Attempt() {
  thread_.join();
}

Renewal Attempt::renewal() const {
  const std::lock_guard lock(mutex_);
  return Renewal{.lease = run_.lease, .progress = progress_};
}

void Attempt::renewed(LeaseState state, MonotonicTime asked_at) {
  const std::lock_guard lock(mutex_);
  switch (state) {
    case LeaseState::held:
      last_good_ = asked_at;
      break;
    case LeaseState::cancel_requested:
      last_good_ = asked_at;
      cancel_.store(true);
      break;
    case LeaseState::lost:
      lease_lost_ = true;
      break;
  }
}

void Attempt::give_back() {
  give_back_.store(true);
}

bool Attempt::fenced() const {
  const std::lock_guard lock(mutex_);
  return lease_lost_ || settings_.lease.is_fenced(last_good_, std::chrono::steady_clock::now());
}

Attempt::StopReason Attempt::stop_reason() const {
  if (fenced()) return StopReason::fenced;
  if (cancel_.load()) return StopReason::cancel;
  if (give_back_.load()) return StopReason::give_back;
  if (is_too_large_) return StopReason::too_large;
  if (settings_.run_timeout && std::chrono::steady_clock::now() - started_ > *settings_.run_timeout) {
    return StopReason::timeout;
  }
  return StopReason::none;
}

void Attempt::run() {
  AttemptOutcome outcome;
  try {
    begin();
    outcome = supervise();
  } catch (const InvalidInput& error) {
    // The config names a place for the artifacts that this run may not have, or a data set that is gone.
    outcome = {.kind = OutcomeKind::invalid_input, .message = error.what(), .numbers = {}};
  } catch (const std::exception& error) {
    // No place for artifacts, no pipe, no process: nothing of the run was tried.
    outcome = {.kind = kind_of_fault(error), .message = error.what(), .numbers = {}};
  }
  conclude(outcome);
}

void Attempt::begin() {
  const RunRecord& record = run_.record;
  const AttemptPlace place = artifacts_.for_attempt({record.run_id, record.adls_container, record.adls_prefix});
  location_ = place.location;
  files_ = place.store.begin(run_.lease.run_id, run_.lease.epoch, run_.lease.token);
}

AttemptJob Attempt::job() const {
  AttemptJob job;
  job.run_id = run_.lease.run_id;
  job.config_json = run_.record.effective_config_json;
  job.directory = files_->directory();
  job.submitted_at = utc_text(run_.record.submitted_at);
  job.allowed_data_dirs = settings_.allowed_data_dirs;
  job.panel_cache = settings_.panel_cache;
  job.memory_limit_bytes = settings_.memory_limit_bytes;
  job.artifact_limit_bytes = settings_.artifact_limit_bytes;
  if (settings_.run_timeout) {
    job.processor_limit_s =
        static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::seconds>(*settings_.run_timeout).count());
  }
  return job;
}

// A run that writes without end would take the disk from all others.
void Attempt::look_at_size() {
  const auto now = std::chrono::steady_clock::now();
  if (settings_.artifact_limit_bytes == 0 || now - size_seen_ < look_at_size_every) return;
  size_seen_ = now;
  is_too_large_ = files_->size_bytes() > settings_.artifact_limit_bytes;
}

AttemptOutcome Attempt::supervise() {
  AttemptJob job = this->job();
  FileDescriptor panel;
  // Configs of a service that reads files alone need no second look.
  const bool has_datasets = job.config_json.contains("\"dataset:");
  if (has_datasets || settings_.access.sql || settings_.access.storage.has_account()) {
    const Spec spec = parse_spec(job.config_json, "", SpecOptions{.warn_without_effect = false});
    DataAccess access = settings_.access;
    if (has_datasets) access.datasets = dataset_places(spec, artifacts_);
    if (is_remote(spec, access.datasets)) {
      const AttemptOutcome loaded = load_remote(spec, access, panel);
      if (loaded.kind != OutcomeKind::completed) return loaded;
      job.is_panel_handed_over = true;
    } else {
      job.access.datasets = access.datasets;
    }
  }
  const int handed = panel.number();
  std::unique_ptr<ChildProcess> child = settings_.starter ? settings_.starter->start(handed) : nullptr;
  if (!child) {
    child = std::make_unique<ChildProcess>(settings_.executable, std::vector<std::string>{"attempt"},
                                           child_environment(), handed);
  }
  child->write_input(encode(job));
  return watch(*child);
}

// Of the loader: completed with the panel, or what went wrong.
AttemptOutcome Attempt::load_remote(const Spec& spec, const DataAccess& access, FileDescriptor& panel) {
  AttemptJob job = this->job();
  job.access = access_needed(spec, access);
  DescriptorChannel channel;
  ChildProcess loader(settings_.executable, {"load"}, loader_environment(job.access.storage), channel.for_child());
  channel.close_childs_end();
  loader.write_input(encode(job));
  AttemptOutcome outcome = watch(loader);
  if (outcome.kind != OutcomeKind::completed) return outcome;
  panel = channel.receive();
  if (panel.number() < 0) {
    return {.kind = OutcomeKind::machine_fault, .message = "the loader sent no panel", .numbers = {}};
  }
  return outcome;
}

AttemptOutcome Attempt::watch(ChildProcess& child) {
  std::optional<AttemptOutcome> outcome;
  std::optional<MonotonicTime> stop_sent;
  Lines lines;
  char buffer[4096];
  for (;;) {
    pollfd readable{.fd = child.output(), .events = POLLIN, .revents = 0};
    const int ready = poll(&readable, 1, static_cast<int>(look_every.count()));
    if (ready > 0) {
      const ssize_t got = read(child.output(), buffer, sizeof buffer);
      if (got == 0) break;
      if (got < 0 && errno != EINTR) break;
      if (got > 0) {
        lines.append({buffer, static_cast<std::size_t>(got)}, [&](std::string_view line) {
          const auto message = decode_message(line);
          if (!message) return;
          if (const auto* done = std::get_if<AttemptOutcome>(&*message)) {
            outcome = *done;
          } else {
            const auto& at = std::get<ChildProgress>(*message);
            const std::lock_guard lock(mutex_);
            progress_ = AttemptProgress{at.fraction, at.date, at.bars_per_second, at.nav};
          }
        });
      }
    }
    look_at_size();
    const StopReason reason = stop_reason();
    if (reason == StopReason::none) continue;
    const auto now = std::chrono::steady_clock::now();
    if (reason == StopReason::fenced || reason == StopReason::too_large ||
        (stop_sent && now - *stop_sent > patience_after_stop)) {
      child.kill_now();
      break;
    }
    if (!stop_sent) {
      child.write_input("stop\n");
      stop_sent = now;
    }
  }
  const ExitOfChild exit = child.wait();
  if (exit.by_signal && exit.code != SIGKILL && settings_.starter) settings_.starter->renew();
  return outcome ? *outcome : outcome_of_exit(exit);
}

// Repeats a guarded write while the store cannot be reached and the lease may still be ours. The writes are idempotent
// by token, so repeating one whose answer was lost is safe. False when the fence came first.
template <typename Write>
bool Attempt::write_until_fenced(Write&& write) {
  while (!fenced()) {
    try {
      write();
      return true;
    } catch (const StoreUnavailable& error) {
      log_warning("the store is unavailable", {{"run_id", run_.lease.run_id}, {"error", error.what()}});
      std::this_thread::sleep_for(store_retry_every);
    }
  }
  return false;
}

void Attempt::conclude(const AttemptOutcome& outcome) {
  if (outcome.kind == OutcomeKind::completed) {
    publish(outcome.numbers);
  } else {
    // Before the store hears of it: the next attempt may need the room.
    if (files_) files_->discard();
    end_early(outcome);
  }
  log_info("attempt ended", {{"run_id", run_.lease.run_id},
                             {"epoch", std::to_string(run_.lease.epoch)},
                             {"end", std::string(to_text(end_))},
                             {"detail", outcome.message}});
}

// Tells the store of an attempt that publishes nothing.
void Attempt::end_early(const AttemptOutcome& outcome) {
  switch (stop_reason()) {
    case StopReason::fenced:
      break;
    case StopReason::cancel:
      write_until_fenced([&] { end_ = runs_.finish_cancel(run_.lease) ? LeaseEnd::cancelled : LeaseEnd::lost; });
      break;
    case StopReason::give_back:
      release();
      break;
    case StopReason::timeout:
    case StopReason::too_large:
    case StopReason::none:
      report_failure(outcome);
      break;
  }
}

void Attempt::release() {
  write_until_fenced([&] { end_ = runs_.release(run_.lease) ? LeaseEnd::released : LeaseEnd::lost; });
}

void Attempt::publish(const RunNumbers& numbers) {
  Completion completion;
  try {
    const std::uint64_t limit = settings_.artifact_limit_bytes;
    is_too_large_ = limit > 0 && files_->size_bytes() > limit;
    if (!is_too_large_) {
      const SealedArtifacts sealed =
          files_->seal(utc_text(run_.record.submitted_at), [this] { return stop_reason() != StopReason::none; });
      completion.artifacts = {.prefix = sealed.prefix, .manifest_sha256 = sealed.manifest_sha256};
    }
  } catch (const SealStopped&) {
    // The storage may be what takes so long: it is asked to forget what it has after the store knows.
    end_early({.kind = OutcomeKind::stopped, .message = "stopped", .numbers = {}});
    files_->discard();
    return;
  } catch (const UploadFailed& error) {
    // The local files stay: they are whole, and somebody may want them.
    log_error("the artifacts of a run could not be uploaded; they stay on this machine",
              {{"run_id", run_.lease.run_id}, {"directory", files_->directory().string()}, {"reason", error.what()}});
    is_upload_failed_ = true;
    report_failure({.kind = OutcomeKind::machine_fault, .message = error.what(), .numbers = {}});
    return;
  } catch (const std::exception& error) {
    files_->discard();
    report_failure({.kind = kind_of_fault(error), .message = error.what(), .numbers = {}});
    return;
  }
  if (is_too_large_) {
    files_->discard();
    report_failure({.kind = OutcomeKind::run_failed, .message = "too large", .numbers = {}});
    return;
  }
  completion.numbers = numbers;
  if (location_) {
    completion.adls_container = location_->container;
    completion.adls_prefix = location_->prefix;
  }
  write_until_fenced([&] { end_ = runs_.complete(run_.lease, completion) ? LeaseEnd::completed : LeaseEnd::lost; });
  // Without an answer nobody knows whether the record points here; then `gc` finds out.
}

// A fault that the child met on its way through a disk that is gone is the machine's, whatever it looked like.
bool Attempt::is_machine_unfit(const AttemptOutcome& outcome) {
  if (outcome.kind == OutcomeKind::machine_unfit) return true;
  const bool may_be = outcome.kind == OutcomeKind::machine_fault || outcome.kind == OutcomeKind::source_unavailable ||
                      outcome.kind == OutcomeKind::disk_full || outcome.kind == OutcomeKind::forbidden;
  if (!may_be) return false;
  try {
    artifacts_.check();
    return !artifacts_.has_room();
  } catch (const std::exception&) {
    return true;
  }
}

void Attempt::report_failure(const AttemptOutcome& outcome) {
  Failure failure;
  failure.max_failed_attempts = settings_.max_failed_attempts;
  if (is_too_large_ || outcome.kind == OutcomeKind::too_large) {
    failure.code = "artifacts_too_large";
    failure.message = "the run's artifacts are larger than BACKTEST_RUN_ARTIFACTS_MB allows";
  } else if (is_upload_failed_) {
    was_unfit_ = true;  // of a worker that reaches no storage the next run has nothing either
    failure.code = "artifact_upload_failed";
    failure.message =
        "the run's artifacts could not be uploaded to object storage; they stay on the worker's disk, and the "
        "service's log has the reason under this run id";
    try_again_later(failure, run_.record.failed_attempts);
  } else if (stop_reason() == StopReason::timeout || outcome.kind == OutcomeKind::out_of_time) {
    failure.code = "timeout";
    failure.message = "the run took longer than BACKTEST_RUN_TIMEOUT_SECONDS allows";
  } else {
    was_unfit_ = is_machine_unfit(outcome);
    if (was_unfit_ && run_.record.attempts < settings_.max_blameless_attempts) {
      log_warning("the machine cannot run anything; the run goes back to the queue",
                  {{"run_id", run_.lease.run_id}, {"reason", outcome.message}});
      release();
      return;
    }
    switch (outcome.kind) {
      case OutcomeKind::invalid_input:
        failure.code = "invalid_input";
        failure.message = outcome.message;
        break;
      case OutcomeKind::out_of_memory:
        failure.code = "out_of_memory";
        failure.message = "the run needs more memory than BACKTEST_RUN_MEMORY_MB allows";
        break;
      case OutcomeKind::forbidden:
        failure.code = "forbidden_operation";
        failure.message =
            "the run's process tried what no run may do (start a program or a process, open a connection or a file "
            "beyond its directories, reach into another process or the system) and was ended";
        break;
      case OutcomeKind::source_unavailable:
        failure.code = "source_unavailable";
        failure.message = outcome.advice + ". The service's log has the reason under this run id";
        try_again_later(failure, run_.record.failed_attempts);
        break;
      case OutcomeKind::disk_full:
        // There is room again without what this run wrote. It is tried as often as where the machine is unfit, later
        // and later, so that others run meanwhile.
        failure.code = "machine_fault";
        failure.message = "the worker's disk was full before the run had written its artifacts";
        failure.max_failed_attempts = settings_.max_blameless_attempts;
        try_again_later(failure, run_.record.failed_attempts);
        break;
      case OutcomeKind::run_failed:
        // The reason may name internals: it is in the log, under this run's id.
        failure.code = "run_failed";
        failure.message = "the run failed; the service's log has the reason under this run id";
        break;
      default:
        failure.code = "machine_fault";
        failure.message = "the machine failed the run";
        try_again_later(failure, run_.record.failed_attempts);
    }
  }
  write_until_fenced([&] {
    const auto record = runs_.fail(run_.lease, failure);
    end_ = !record ? LeaseEnd::lost : record->state == RunState::failed ? LeaseEnd::failed : LeaseEnd::retried;
  });
}

}  // namespace backtest
