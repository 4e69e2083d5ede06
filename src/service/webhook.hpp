// Tells the receiver that BACKTEST_WEBHOOK_URL names of every run that is over: which one, its state and when. From the
// notices that the store keeps (RunStore::take_notices), so that no restart loses one: at least once, again after
// pauses that double from two seconds to an hour until the receiver answers 2xx. Redirects are not followed, and
// nothing of a run's config or its errors is sent. Any number of replicas may do it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/background_work.hpp"
#include "base/repeated_fault.hpp"
#include "http_client/http_exchange.hpp"
#include "run_store/run_store.hpp"
#include "settings/settings.hpp"

namespace backtest {

// `sha256=` and the hexadecimal HMAC-SHA256 of "TIME.BODY", TIME in seconds since 1970.
std::string webhook_signature(const Secret& secret, std::int64_t time_s, std::string_view body);

class Webhook {
 public:
  // The store is open and outlives this. Without a URL it says once that no notices are wanted any more.
  Webhook(const WebhookSettings& settings, RunStore& runs);
  ~Webhook();
  Webhook(const Webhook&) = delete;
  Webhook& operator=(const Webhook&) = delete;

 private:
  std::chrono::milliseconds work();
  // Whether the receiver has taken it.
  bool tell(const RunNotice& notice);

  const WebhookSettings settings_;
  RunStore& runs_;
  HttpClient client_;
  RepeatedFault fault_;
  bool is_said_ = false;  // to the store, whether notices are wanted
  std::atomic<bool> is_stopping_{false};
  BackgroundWork work_;
};

}  // namespace backtest
