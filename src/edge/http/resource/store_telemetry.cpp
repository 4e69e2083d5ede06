#include "edge/http/resource/store_telemetry.hpp"

#include <exception>

#include "base/log.hpp"
#include "base/telemetry_text.hpp"

namespace backtest {

StoreTelemetry::StoreTelemetry(RunStore& runs, const HttpHooks& hooks) : runs_(runs), hooks_(hooks) {}

StoreTelemetry::~StoreTelemetry() {
  stop();
}

void StoreTelemetry::start() {
  thread_ = std::thread([this] { answer_questions(); });
}

void StoreTelemetry::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  asked_.notify_all();
  answered_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::optional<std::string> StoreTelemetry::ask(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  const std::uint64_t question = ++last_asked_;
  asked_.notify_one();
  const bool in_time = answered_.wait_for(lock, patience, [&] { return stopping_ || last_answered_ >= question; });
  return in_time && !stopping_ ? text_ : std::nullopt;
}

void StoreTelemetry::answer_questions() {
  std::unique_lock lock(mutex_);
  while (true) {
    asked_.wait(lock, [&] { return stopping_ || last_asked_ > last_answered_; });
    if (stopping_) return;
    const std::uint64_t question = last_asked_;
    lock.unlock();
    std::optional<std::string> text = answer();
    lock.lock();
    text_ = std::move(text);
    last_answered_ = question;
    answered_.notify_all();
  }
}

std::optional<std::string> StoreTelemetry::answer() {
  try {
    const Counts counts = runs_.counts();
    std::string text;
    append_telemetry_header(text, "backtest_runs", "gauge", "Runs by state.");
    const std::pair<const char*, std::int64_t> states[] = {{"queued", counts.queued},
                                                           {"running", counts.running},
                                                           {"completed", counts.completed},
                                                           {"failed", counts.failed},
                                                           {"cancelled", counts.cancelled}};
    for (const auto& [state, count] : states) {
      text += std::string("backtest_runs{status=\"") + state + "\"} " + std::to_string(count) + "\n";
    }
    append_telemetry(text, "backtest_oldest_queued_seconds", "gauge", "Age of the oldest queued run.",
                     counts.oldest_queued_s.value_or(0.0));
    append_telemetry(text, "backtest_oldest_lease_seconds", "gauge", "Age of the oldest lease.",
                     counts.oldest_lease_s.value_or(0.0));
    for (const auto& append : hooks_.store_telemetry) append(text);
    return text;
  } catch (const std::exception& error) {
    log_warning("the run store does not tell its metrics", {{"reason", error.what()}});
    return std::nullopt;
  }
}

}  // namespace backtest
