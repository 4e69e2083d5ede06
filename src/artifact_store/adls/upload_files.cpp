#include "artifact_store/adls/upload_files.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>

#include "artifact_store/artifact_store.hpp"
#include "base/log.hpp"

namespace backtest {

namespace {

constexpr std::size_t uploads_at_once = 8;
constexpr std::chrono::milliseconds look_every{50};
// On top of the client's own retries of each request: an outage of some seconds costs no simulation.
constexpr std::chrono::milliseconds pauses[] = {std::chrono::milliseconds(500), std::chrono::milliseconds(2'000)};

void stop_where_asked(const StopRequested& is_stopped) {
  if (is_stopped && is_stopped()) throw SealStopped();
}

void wait_for(std::chrono::milliseconds pause, const StopRequested& is_stopped) {
  const auto end = std::chrono::steady_clock::now() + pause;
  do {
    stop_where_asked(is_stopped);
    std::this_thread::sleep_for(look_every);
  } while (std::chrono::steady_clock::now() < end);
}

void upload_file(ObjectContainer& container, const std::filesystem::path& file, const std::string& object,
                 const StopRequested& is_stopped) {
  stop_where_asked(is_stopped);
  for (const auto pause : pauses) {
    try {
      container.upload(object, file);
      return;
    } catch (const StorageUnavailable& error) {
      log_warning("an artifact could not be uploaded; it is tried again",
                  {{"object", object}, {"container", container.address()}, {"reason", error.what()}});
      wait_for(pause, is_stopped);
    }
  }
  container.upload(object, file);
}

}  // namespace

void upload_files(ObjectContainer& container, const std::filesystem::path& directory,
                  const std::vector<std::string>& names, const std::string& below, const StopRequested& is_stopped) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;  // the first; the others stop
  const auto work = [&] {
    for (std::size_t index; (index = next.fetch_add(1)) < names.size();) {
      try {
        upload_file(container, directory / names[index], below + "/" + names[index], is_stopped);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
        next.store(names.size());
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t count = 1; count < std::min(uploads_at_once, names.size()); ++count) {
      try {
        threads.emplace_back(work);
      } catch (const std::system_error&) {
        break;  // no thread to be had: those there are do it
      }
    }
    work();
  }
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const StorageUnavailable& error) {
    throw UploadFailed(error.what());
  }
}

}  // namespace backtest
