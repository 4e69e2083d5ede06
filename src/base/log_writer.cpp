#include "base/log_writer.hpp"

#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "base/log_queue.hpp"
#include "base/utc_time.hpp"

namespace backtest {

namespace {

constexpr std::size_t longest_queue_bytes = 1u << 20;
constexpr auto patience_at_end = std::chrono::seconds(1);

std::atomic<std::uint64_t> dropped{0};

// One write(2) a line; the rest of one that went out in part follows. False where it is lost.
bool write_now(std::string_view line) {
  while (!line.empty()) {
    const ssize_t put = ::write(STDERR_FILENO, line.data(), line.size());
    if (put > 0) {
      line.remove_prefix(static_cast<std::size_t>(put));
    } else if (put < 0 && errno == EAGAIN) {  // somebody made it non-blocking for all who share it
      pollfd writable{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
      poll(&writable, 1, -1);
    } else if (put == 0 || errno != EINTR) {
      return false;
    }
  }
  return true;
}

// Never destroyed: a thread that hangs in write() outlives every other object.
struct Queue {
  std::mutex mutex;
  std::condition_variable changed, is_written;
  std::deque<std::string> lines;
  std::size_t bytes = 0;
  bool is_open = false;     // a writer takes lines
  bool is_writing = false;  // a line is out of the queue and not yet written
  std::uint64_t dropped_said = 0;

  void push(std::string line) {
    {
      const std::lock_guard lock(mutex);
      if (bytes + line.size() > longest_queue_bytes) {
        dropped.fetch_add(1);
        return;
      }
      bytes += line.size();
      lines.push_back(std::move(line));
    }
    changed.notify_one();
  }

  void write_all() {
    std::unique_lock lock(mutex);
    for (;;) {
      changed.wait(lock, [this] { return !lines.empty() || !is_open; });
      if (lines.empty()) return;
      const std::string line = std::move(lines.front());
      lines.pop_front();
      bytes -= line.size();
      is_writing = true;
      lock.unlock();
      if (!write_now(line)) dropped.fetch_add(1);
      say_what_was_dropped();
      lock.lock();
      is_writing = false;
      if (lines.empty()) is_written.notify_all();
    }
  }

  void say_what_was_dropped() {
    const std::uint64_t now = dropped.load();
    if (now == dropped_said) return;
    const std::string line = R"({"time":")" + utc_text(utc_now()) +
                             R"(","level":"warning","message":"log lines were dropped","lines":)" +
                             std::to_string(now - dropped_said) + "}\n";
    if (write_now(line)) dropped_said = now;
  }
};

Queue& queue() {
  static auto* const only = new Queue;
  return *only;
}

std::atomic<bool> has_writer{false};

}  // namespace

void write_log_line(std::string line) noexcept {
  try {
    if (has_writer.load()) {
      queue().push(std::move(line));
    } else if (!write_now(line)) {
      dropped.fetch_add(1);
    }
  } catch (...) {
    dropped.fetch_add(1);  // no memory: the line is lost, its caller goes on
  }
}

std::uint64_t dropped_log_lines() {
  return dropped.load();
}

LogWriter::LogWriter() {
  Queue& lines = queue();
  lines.is_open = true;
  try {
    std::thread([&lines] { lines.write_all(); }).detach();
    has_writer.store(true);
  } catch (const std::system_error&) {
    lines.is_open = false;
  }
}

LogWriter::~LogWriter() {
  if (!has_writer.exchange(false)) return;
  Queue& lines = queue();
  std::unique_lock lock(lines.mutex);
  lines.is_written.wait_for(lock, patience_at_end, [&] { return lines.lines.empty() && !lines.is_writing; });
  lines.is_open = false;
  lines.changed.notify_all();
}

}  // namespace backtest
