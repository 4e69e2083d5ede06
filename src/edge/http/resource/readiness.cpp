#include "edge/http/resource/readiness.hpp"

#include <exception>

#include "base/log.hpp"

namespace backtest {

namespace {

constexpr auto interval = std::chrono::seconds(1);
constexpr auto deadline = std::chrono::seconds(3);  // from the end of one look to the end of the next

}  // namespace

Readiness::Readiness(RunStore& runs, ArtifactStore& artifacts, const HttpHooks& hooks)
    : runs_(runs), artifacts_(artifacts), hooks_(hooks) {}

Readiness::~Readiness() {
  stop();
}

void Readiness::start() {
  thread_ = std::thread([this] { watch(); });
}

void Readiness::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Readiness::begin_drain() {
  const std::lock_guard lock(mutex_);
  draining_ = true;
}

std::optional<std::string> Readiness::reason() const {
  const std::lock_guard lock(mutex_);
  if (draining_) return "the service is shutting down";
  const bool never = looked_at_ == std::chrono::steady_clock::time_point{};
  if (!never && std::chrono::steady_clock::now() - looked_at_ > deadline) return "a check did not answer in time";
  return reason_;
}

std::optional<std::string> Readiness::look() {
  try {
    runs_.ping();
  } catch (const std::exception& error) {
    log_warning("the run store is not available", {{"reason", error.what()}});
    return "the run store is not available";
  }
  try {
    artifacts_.check();
    if (!artifacts_.has_room()) return "disk space is low";
  } catch (const std::exception& error) {
    log_warning("the output directory is not available", {{"reason", error.what()}});
    return "the output directory is not available";
  }
  for (const auto& check : hooks_.readiness_checks) {
    if (auto reason = check()) return reason;
  }
  return std::nullopt;
}

void Readiness::watch() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    std::optional<std::string> seen = look();
    lock.lock();
    if (seen != reason_) log_info("readiness changed", {{"ready", !seen}, {"reason", seen.value_or("")}});
    reason_ = std::move(seen);
    looked_at_ = std::chrono::steady_clock::now();
    wake_.wait_for(lock, interval, [this] { return stopping_; });
  }
}

}  // namespace backtest
