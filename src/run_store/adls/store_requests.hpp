// Requests to the container of a run store: each answer's Date goes to the clock, and a service that does not answer is
// StoreUnavailable.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "object_storage/object_storage.hpp"
#include "run_store/adls/service_clock.hpp"
#include "run_store/run_store.hpp"

namespace backtest::adls {

class StoreRequests {
  template <typename Ask>
  auto asked(Ask&& ask) {
    const auto sent = std::chrono::steady_clock::now();
    try {
      auto answer = ask();
      if constexpr (requires { answer.has_value(); }) {
        if (answer) clock_.observe(answer->answered_at, sent, std::chrono::steady_clock::now());
      } else {
        clock_.observe(answer.answered_at, sent, std::chrono::steady_clock::now());
      }
      return answer;
    } catch (const StorageUnavailable& error) {
      throw StoreUnavailable(error.what());
    }
  }

 public:
  StoreRequests(std::shared_ptr<ObjectContainer> container, ServiceClock& clock)
      : container_(std::move(container)), clock_(clock) {}

  const std::string& address() const { return container_->address(); }

  std::expected<ObjectBytes, ObjectFault> get(std::string_view name) {
    return asked([&] { return container_->get(name); });
  }
  std::expected<ObjectVersion, ObjectFault> create(std::string_view name, std::string_view bytes) {
    return asked([&] { return container_->create(name, bytes); });
  }
  std::expected<ObjectVersion, ObjectFault> replace(std::string_view name, std::string_view bytes,
                                                    std::string_view etag) {
    return asked([&] { return container_->replace(name, bytes, etag); });
  }
  ObjectVersion put(std::string_view name, std::string_view bytes) {
    return asked([&] { return container_->put(name, bytes); });
  }
  ObjectListing list(std::string_view prefix) {
    return asked([&] { return container_->list(prefix); });
  }
  void remove(std::string_view name) {
    try {
      container_->remove(name);
    } catch (const StorageUnavailable& error) {
      throw StoreUnavailable(error.what());
    }
  }
  void create_container() {
    try {
      container_->create_container();
    } catch (const StorageUnavailable& error) {
      throw StoreUnavailable(error.what());
    }
  }

 private:
  const std::shared_ptr<ObjectContainer> container_;
  ServiceClock& clock_;
};

}  // namespace backtest::adls
