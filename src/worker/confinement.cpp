#include "worker/confinement.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <thread>

#include "base/log.hpp"
#include "worker/file_rules.hpp"
#include "worker/forbidden_calls.hpp"

namespace backtest {

namespace {

// What the C library, OpenSSL and Arrow read while they run.
constexpr const char* system_places[] = {
    "/usr/share/zoneinfo",
    "/etc/ssl/openssl.cnf",
    "/etc/pki/tls/openssl.cnf",
    "/proc/sys/kernel/random/boot_id",
    "/proc/sys/vm/overcommit_memory",
    "/sys/kernel/mm/transparent_hugepage",
    "/sys/devices/system/cpu",
};

// Processor time is a second limit, for a worker that cannot stop the run by the clock.
constexpr std::uint64_t spare_processor_seconds = 60;

void lower_limit(int resource, std::uint64_t value) {
  rlimit limit{};
  getrlimit(static_cast<__rlimit_resource>(resource), &limit);
  limit.rlim_max = std::min<rlim_t>(limit.rlim_max, value);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_cur, value);
  setrlimit(static_cast<__rlimit_resource>(resource), &limit);
}

std::uint64_t largest_file_bytes(const AttemptJob& job) {
  if (job.artifact_limit_bytes == 0) return 0;
  return std::max(job.artifact_limit_bytes, job.panel_cache ? job.panel_cache->limit_bytes : 0);
}

// An administrator's tool, which the loader starts where it gets its identity from it.
bool needs_programs(const AttemptJob& job) {
  return std::ranges::any_of(job.access.storage.azure, [](const AzureAccount& account) {
    return account.credential == AzureCredential::azure_cli;
  });
}

KeptPlaces kept_places(const AttemptJob& job, ChildRole role) {
  KeptPlaces kept;
  kept.may_read_all = role == ChildRole::loading;
  kept.may_reach_network = role == ChildRole::loading;
  if (role != ChildRole::loading) kept.readable.assign(std::begin(system_places), std::end(system_places));
  if (role == ChildRole::simulating) {
    if (!job.is_panel_handed_over) {
      for (const DatasetPlace& dataset : job.access.datasets) kept.readable.emplace_back(dataset.place);
      kept.readable.insert(kept.readable.end(), job.allowed_data_dirs.begin(), job.allowed_data_dirs.end());
    }
    kept.writable.push_back(job.directory);
  }
  if (job.panel_cache) {
    // What is not there cannot be kept. What it lies in may be away for a moment: then the cache is passed by.
    std::error_code ignored;
    std::filesystem::create_directory(job.panel_cache->directory, ignored);
    kept.writable.push_back(job.panel_cache->directory);
  }
  return kept;
}

}  // namespace

bool limit_process(const AttemptJob& job, ChildRole role) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // 0 would let the kernel hand a dump to a program; of 1 it makes none at all. Refused where it is 0 for good.
  const rlimit no_core{1, 1};
  setrlimit(RLIMIT_CORE, &no_core);
  // Private writable memory; read-only maps of cached panels do not count.
  if (job.memory_limit_bytes > 0) lower_limit(RLIMIT_DATA, job.memory_limit_bytes);
  if (job.processor_limit_s > 0) {
    const std::uint64_t processors = std::max(1u, std::thread::hardware_concurrency());
    lower_limit(RLIMIT_CPU, job.processor_limit_s * processors + spare_processor_seconds);
  }
  if (const int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC); score >= 0) {
    constexpr std::string_view early = "500";
    [[maybe_unused]] const ssize_t written = write(score, early.data(), early.size());  // may be as high already
    close(score);
  }
  rlimit file_size{};
  getrlimit(RLIMIT_FSIZE, &file_size);
  const std::uint64_t largest = largest_file_bytes(job);
  if (role == ChildRole::loading || largest == 0 || file_size.rlim_cur <= largest) return false;
  lower_limit(RLIMIT_FSIZE, largest);
  return true;
}

void confine(const AttemptJob& job, ChildRole role) {
  const bool with_programs = role == ChildRole::loading && needs_programs(job);
  // The calls last: those that give up files are not needed afterwards, and no_new_privs comes before both.
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const bool files = with_programs || give_up_files(kept_places(job, role));
  const bool calls = give_up_calls({.network = role == ChildRole::loading, .programs = with_programs});
  if (!calls) {
    log_warning("this system cannot take the network and programs from the process of a run", {{"run_id", job.run_id}});
  }
  if (!files)
    log_debug("this kernel has no Landlock: files are checked by the program alone", {{"run_id", job.run_id}});
}

PossibleConfinement possible_confinement() {
  constexpr int gave_up_files = 1, gave_up_calls = 2;
  const pid_t tries = fork();
  if (tries < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (tries == 0) {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    const int files = give_up_files({}) ? gave_up_files : 0;
    _exit(files | (give_up_calls({}) ? gave_up_calls : 0));
  }
  int status = 0;
  while (waitpid(tries, &status, 0) < 0 && errno == EINTR) {
  }
  const int given_up = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  return {.calls = (given_up & gave_up_calls) != 0, .files = (given_up & gave_up_files) != 0};
}

}  // namespace backtest
