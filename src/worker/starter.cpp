#include "worker/starter.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <vector>

#include "base/log.hpp"
#include "worker/child_side.hpp"
#include "worker/starter_process.hpp"

namespace backtest {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A clone takes a millisecond. Whoever waits longer than this had better start a process, and the starter goes.
constexpr milliseconds patience{1'000};
// One that dies again and again is started ever more seldom.
constexpr milliseconds first_pause{100}, longest_pause{60'000};

}  // namespace

bool Starter::is_possible() {
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
  return false;
#else
  return true;
#endif
}

Starter::Starter(std::string executable) : executable_(std::move(executable)), pause_(first_pause) {}

pid_t Starter::pid() const {
  const std::lock_guard lock(mutex_);
  return process_ ? process_->pid() : -1;
}

bool Starter::has_died() const {
  pollfd ended{.fd = channel_.for_parent(), .events = 0, .revents = 0};
  return poll(&ended, 1, 0) > 0;
}

void Starter::give_up(const char* why) {
  log_warning("the process that attempts are copied from is given up", {{"reason", why}, {"pid", process_->pid()}});
  process_.reset();
  is_ready_ = false;
  next_start_ = steady_clock::now() + pause_;
  pause_ = std::min(2 * pause_, longest_pause);
}

void Starter::renew() {
  const std::lock_guard lock(mutex_);
  process_.reset();
  is_ready_ = false;
}

void Starter::keep_alive() {
  // Held while an attempt waits for an answer, which says the same.
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!is_possible() || !lock) return;
  if (process_ && has_died()) give_up("it has died");
  if (process_ || steady_clock::now() < next_start_) return;
  try {
    channel_ = DescriptorChannel();
    process_.emplace(executable_, std::vector<std::string>{starter_command}, child_environment(), channel_.for_child());
    channel_.close_childs_end();
  } catch (const std::system_error& error) {
    next_start_ = steady_clock::now() + longest_pause;
    log_warning("attempts are started one by one", {{"reason", error.what()}});
  }
}

std::optional<pid_t> Starter::answer_within(milliseconds time) {
  pollfd readable{.fd = channel_.for_parent(), .events = POLLIN, .revents = 0};
  pid_t answer = -1;
  if (poll(&readable, 1, static_cast<int>(time.count())) <= 0) return std::nullopt;
  if (recv(channel_.for_parent(), &answer, sizeof answer, MSG_DONTWAIT) != sizeof answer) return std::nullopt;
  return answer;
}

bool Starter::is_ready() {
  if (process_ && !is_ready_) is_ready_ = answer_within(milliseconds(0)) == starter_is_ready;
  return process_ && is_ready_;
}

std::unique_ptr<ChildProcess> Starter::start(int handed) {
  const std::lock_guard lock(mutex_);
  if (!is_ready()) return nullptr;
  Pipe to_child, from_child;
  std::vector<int> descriptors{to_child.read_end.number(), from_child.write_end.number()};
  if (handed >= 0) descriptors.push_back(handed);
  try {
    send_descriptors(channel_.for_parent(), descriptors);
  } catch (const std::system_error&) {
    give_up("it has died");
    return nullptr;
  }
  const std::optional<pid_t> pid = answer_within(patience);
  if (!pid || *pid <= 0) {
    // A copy that it did not come to tell of ends with its pipes, which nobody else has.
    give_up(pid ? "it could not make a copy" : "it does not answer");
    return nullptr;
  }
  pause_ = first_pause;
  return std::make_unique<ChildProcess>(*pid, to_child.write_end.release(), from_child.read_end.release());
}

}  // namespace backtest
