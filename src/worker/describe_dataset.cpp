#include "worker/describe_dataset.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <cerrno>
#include <new>
#include <string_view>
#include <system_error>

#include "arrow_library/arrow_library.hpp"
#include "base/diagnostic.hpp"
#include "base/json_field.hpp"
#include "base/log.hpp"
#include "base/strict_json.hpp"
#include "data/local_sources.hpp"
#include "execute/describe_table.hpp"
#include "worker/attempt_job.hpp"
#include "worker/child_process.hpp"
#include "worker/child_side.hpp"
#include "worker/confinement.hpp"

namespace backtest {

namespace {

constexpr std::chrono::milliseconds look_for_answer_every{100};
constexpr std::size_t longest_question = 65'536;
constexpr std::size_t longest_answer = 8u << 20;
constexpr const char* too_much_memory = "reading it needs more memory than a run may use (BACKTEST_RUN_MEMORY_MB)";

json::object answer_of(const std::string& name) {
  const auto sources = local_sources([](const std::string&) { return fcntl(handed_descriptor, F_DUPFD_CLOEXEC, 0); });
  try {
    return {{"description", describe_table(sources, name)}};
  } catch (const InvalidInput& error) {
    // Arrow's words for memory that it does not get.
    const bool is_short = std::string_view(error.what()).contains("malloc of size");
    return {{"refused", is_short ? too_much_memory : error.what()}};
  } catch (const std::bad_alloc&) {
    return {{"refused", too_much_memory}};
  }
}

// Until its end, or the deadline. nullopt: it took too long.
std::optional<std::string> answer_within(ChildProcess& child, const DescribeLimits& limits) {
  const auto deadline = std::chrono::steady_clock::now() + limits.time;
  std::string answer;
  char buffer[65'536];
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0 || (limits.is_stopping && limits.is_stopping())) return std::nullopt;
    pollfd readable{.fd = child.output(), .events = POLLIN, .revents = 0};
    const int ready = poll(&readable, 1, static_cast<int>(std::min(left, look_for_answer_every).count()));
    if (ready < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "poll");
    if (ready <= 0) continue;
    const ssize_t got = read(child.output(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return answer;
    answer.append(buffer, static_cast<std::size_t>(got));
    if (answer.size() > longest_answer) return answer;
  }
}

}  // namespace

std::expected<json::object, std::string> describe_dataset(const std::string& executable, int file,
                                                          const std::string& name, const DescribeLimits& limits) {
  ChildProcess child(executable, {"describe"}, child_environment(), file);
  child.write_input(json_text(json::object{
                        {"name", name}, {"memory_bytes", limits.memory_bytes}, {"processor_s", limits.time.count()}}) +
                    "\n");
  const auto answer = answer_within(child, limits);
  if (!answer) {
    child.kill_now();
    return std::unexpected("reading it takes longer than " + std::to_string(limits.time.count()) + " s");
  }
  const ExitOfChild exit = child.wait();
  auto parsed = parse_strict_json(*answer);
  if (parsed && parsed->is_object()) {
    json::object& said = parsed->get_object();
    if (json::value* description = said.if_contains("description"); description && description->is_object()) {
      return std::move(description->get_object());
    }
    if (const std::string refused = text_field(said, "refused"); !refused.empty()) return std::unexpected(refused);
  }
  log_warning("a data set could not be described", {{"by_signal", exit.by_signal}, {"code", exit.code}});
  // Allocators of libraries end a process that gets no memory.
  if (exit.by_signal && (exit.code == SIGABRT || exit.code == SIGSEGV || exit.code == SIGKILL)) {
    return std::unexpected(std::string("reading it ended the process that did so, most often because it ") +
                           "needs more memory than a run may use (BACKTEST_RUN_MEMORY_MB)");
  }
  return std::unexpected("the process that read it ended without an answer");
}

int describe_child() {
  const int answers = take_standard_output();
  if (answers < 0) return 2;
  const auto line = parse_strict_json(read_line_of_input(longest_question));
  if (!line || !line->is_object()) return 2;
  const json::object& asked = line->get_object();
  const std::string name = text_field(asked, "name");
  AttemptJob job;
  job.run_id = "describe";
  job.memory_limit_bytes = static_cast<std::uint64_t>(number_field(asked, "memory_bytes").value_or(0));
  job.processor_limit_s = static_cast<std::uint64_t>(number_field(asked, "processor_s").value_or(0));
  limit_process(job, ChildRole::describing);
  try {
    if (name.ends_with(".parquet")) load_arrow_library();
    confine(job, ChildRole::describing);
    write_or_exit(answers, json_text(answer_of(name)) + "\n");
  } catch (const std::system_error& error) {
    log_warning("a data set could not be described", {{"reason", error.what()}});
    _exit(3);
  } catch (const std::bad_alloc&) {
    write_or_exit(answers, json_text(json::object{{"refused", too_much_memory}}) + "\n");
  }
  _exit(0);
}

}  // namespace backtest
