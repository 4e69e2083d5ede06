#include "service/process_signals.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace backtest {

namespace {

// Readable once the signal came, so that waiting for one is a poll() like any other.
int stop_descriptor = -1, reload_descriptor = -1;

void on_signal(int number) {
  const std::uint64_t one = 1;
  const int saved = errno;
  [[maybe_unused]] const ssize_t told = write(number == SIGHUP ? reload_descriptor : stop_descriptor, &one, sizeof one);
  errno = saved;
}

int event_descriptor() {
  const int made = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (made < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  return made;
}

}  // namespace

void watch_process_signals() {
  stop_descriptor = event_descriptor();
  reload_descriptor = event_descriptor();
  struct sigaction action{};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaction(number, &action, nullptr);
}

ProcessSignal next_process_signal(int wait_ms) {
  std::array<pollfd, 2> waiting{pollfd{.fd = stop_descriptor, .events = POLLIN, .revents = 0},
                                pollfd{.fd = reload_descriptor, .events = POLLIN, .revents = 0}};
  if (poll(waiting.data(), waiting.size(), wait_ms) <= 0) return ProcessSignal::none;
  if (waiting[0].revents != 0) return ProcessSignal::stop;
  std::uint64_t asked = 0;
  return read(reload_descriptor, &asked, sizeof asked) > 0 ? ProcessSignal::reload : ProcessSignal::none;
}

}  // namespace backtest
