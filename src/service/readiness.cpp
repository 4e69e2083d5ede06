#include "service/readiness.hpp"

#include <exception>
#include <utility>

#include "base/log.hpp"

namespace backtest {

namespace {

constexpr auto interval = std::chrono::seconds(1);
constexpr auto deadline = std::chrono::seconds(3);  // from the end of one look to the end of the next

}  // namespace

Readiness::Readiness(RunStore& runs, const ArtifactPlaces& artifacts, std::function<void()> make_room)
    : runs_(runs), artifacts_(artifacts), make_room_(std::move(make_room)) {
  last_.reason = "starting";
  thread_ = std::thread([this] { watch(); });
}

Readiness::~Readiness() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

std::optional<std::string> Readiness::overdue() const {
  if (last_.ended == Time{} || std::chrono::steady_clock::now() - last_.ended <= deadline) return std::nullopt;
  return "a check did not answer in time";
}

std::optional<std::string> Readiness::reason() const {
  const std::lock_guard lock(mutex_);
  if (auto late = overdue()) return late;
  return last_.reason;
}

Fitness Readiness::fitness(Time since) {
  const std::lock_guard lock(mutex_);
  if (auto late = overdue()) return {.is_fit = false, .reason = *std::move(late)};
  if (last_.ended == Time{} || last_.began < since) {
    is_look_wanted_ = true;
    wake_.notify_all();
    return {};
  }
  return {.is_fit = !last_.reason, .reason = last_.reason.value_or("")};
}

bool Readiness::is_short_of_disk() const {
  const std::lock_guard lock(mutex_);
  return last_.is_short_of_disk;
}

std::optional<std::string> Readiness::fault_of_store() {
  try {
    runs_.ping();
    store_fault_.end();
    return std::nullopt;
  } catch (const std::exception& error) {
    if (store_fault_.is_to_be_said()) log_warning("the run store is not available", {{"reason", error.what()}});
    return "the run store is not available";
  }
}

std::optional<std::string> Readiness::fault_of_artifacts(bool& is_short_of_disk) {
  try {
    artifacts_.local().check();
    Room room = artifacts_.room();
    if (!room.is_enough && make_room_) {
      make_room_();
      room = artifacts_.room();
    }
    is_short_of_disk = !room.is_enough;
    if (room.is_enough) {
      artifact_fault_.end();
      return std::nullopt;
    }
    if (artifact_fault_.is_to_be_said()) {
      log_error("the artifact store is short of space", {{"room", room.description}});
    }
    return "disk space is low";
  } catch (const std::exception& error) {
    if (artifact_fault_.is_to_be_said()) {
      log_warning("the output directory is not available", {{"reason", error.what()}});
    }
    return "the output directory is not available";
  }
}

std::optional<std::string> Readiness::fault_of_object_storage() {
  if (artifacts_.remote() == nullptr) return std::nullopt;
  try {
    artifacts_.home().check();
    remote_fault_.end();
    return std::nullopt;
  } catch (const std::exception& error) {
    if (remote_fault_.is_to_be_said()) {
      log_warning("the artifacts' place in object storage is not available", {{"reason", error.what()}});
    }
    return "object storage is not available";
  }
}

Readiness::Judgement Readiness::look() {
  Judgement seen;
  seen.began = std::chrono::steady_clock::now();
  seen.reason = fault_of_store();
  auto of_artifacts = fault_of_artifacts(seen.is_short_of_disk);
  if (!seen.reason) seen.reason = std::move(of_artifacts);
  if (!seen.reason) seen.reason = fault_of_object_storage();
  seen.ended = std::chrono::steady_clock::now();
  return seen;
}

void Readiness::watch() {
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    is_look_wanted_ = false;
    lock.unlock();
    Judgement seen = look();
    lock.lock();
    if (seen.reason != last_.reason) {
      log_info("readiness changed", {{"ready", !seen.reason}, {"reason", seen.reason.value_or("")}});
    }
    last_ = std::move(seen);
    wake_.wait_for(lock, interval, [this] { return is_stopping_ || is_look_wanted_; });
  }
}

}  // namespace backtest
