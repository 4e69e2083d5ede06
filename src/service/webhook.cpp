#include "service/webhook.hpp"

#include <exception>

#include "base/hex_text.hpp"
#include "base/hmac_sha256.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/utc_time.hpp"

namespace backtest {

namespace {

constexpr std::chrono::milliseconds look_every{1'000};
constexpr std::chrono::milliseconds look_after_fault{5'000};
constexpr std::chrono::milliseconds first_pause{2'000};
constexpr int taken_at_once = 20;
constexpr std::int64_t microseconds_a_second = 1'000'000;

constexpr ExchangeLimits limits() {
  return {.connect = std::chrono::seconds(5),
          .total = std::chrono::seconds(10),
          .silent = std::chrono::seconds(10),
          .answer_bytes = 64 << 10};
}

std::string body_of(const RunNotice& notice) {
  return json_text(json::object{{"event", "run_ended"},
                                {"run_id", notice.run_id},
                                {"status", to_text(notice.state)},
                                {"completed_at", utc_text(notice.ended_at)}});
}

}  // namespace

std::string webhook_signature(const Secret& secret, std::int64_t time_s, std::string_view body) {
  return "sha256=" + hex_text(hmac_sha256(secret, std::to_string(time_s) + "." + std::string(body)));
}

Webhook::Webhook(const WebhookSettings& settings, RunStore& runs)
    : settings_(settings), runs_(runs), client_(limits()), work_([this] { return work(); }) {
  work_.want();
}

Webhook::~Webhook() {
  is_stopping_.store(true);
}

std::chrono::milliseconds Webhook::work() {
  try {
    if (!is_said_) runs_.want_notices(!settings_.url.empty());
    is_said_ = true;
    if (settings_.url.empty()) return {};
    for (const RunNotice& notice : runs_.take_notices(taken_at_once, first_pause)) {
      if (is_stopping_.load()) return {};
      if (tell(notice)) runs_.settle_notice(notice.run_id);
    }
    work_.want();
    return look_every;
  } catch (const StoreUnavailable& error) {
    if (fault_.is_to_be_said()) log_warning("ends of runs are not told", {{"reason", error.what()}});
    work_.want();
    return look_after_fault;
  }
}

bool Webhook::tell(const RunNotice& notice) {
  const std::string body = body_of(notice);
  const std::int64_t time_s = utc_now() / microseconds_a_second;
  std::string reason;
  try {
    const int status =
        client_.exchange({.method = "POST",
                          .url = std::string(settings_.url.reveal()),
                          .headers = {{"Content-Type", "application/json"},
                                      {"X-Backtest-Time", std::to_string(time_s)},
                                      {"X-Backtest-Signature", webhook_signature(settings_.secret, time_s, body)}},
                          .body = body,
                          .cancelled = &is_stopping_},
                         [](int, std::string_view) { return true; });
    if (status >= 200 && status < 300) return true;
    reason = "it answered " + std::to_string(status);
  } catch (const std::exception& error) {  // its text has no part of the URL
    reason = error.what();
  }
  log_warning("the webhook's receiver did not take the end of a run; it is told again",
              {{"run_id", notice.run_id}, {"tries", notice.tries + 1}, {"reason", reason}});
  return false;
}

}  // namespace backtest
