#include "edge/http/server/request_rates.hpp"

#include <algorithm>
#include <cmath>

namespace backtest {

namespace {

HttpError too_many(const std::string& what, const std::string& whose, int wait_s) {
  return HttpError(429, "too_many_requests", "too many " + what + " of this " + whose + " in a minute")
      .with_header("Retry-After", std::to_string(wait_s));
}

}  // namespace

std::optional<int> RateLimit::wait_s(const std::string& who, Time now) {
  if (per_minute_ <= 0) return std::nullopt;
  if (buckets_.size() >= look_at_) forget_full(now);
  const auto most = static_cast<double>(per_minute_);
  const double per_second = most / 60.0;
  Bucket& bucket = buckets_.try_emplace(who, Bucket{.left = most, .filled_at = now}).first->second;
  const double passed_s = std::chrono::duration<double>(now - bucket.filled_at).count();
  bucket.left = std::min(most, bucket.left + passed_s * per_second);
  bucket.filled_at = now;
  if (bucket.left < 1.0) return std::max(1, static_cast<int>(std::ceil((1.0 - bucket.left) / per_second)));
  bucket.left -= 1.0;
  return std::nullopt;
}

void RateLimit::forget_full(Time now) {
  const auto is_full = [&](const auto& entry) { return now - entry.second.filled_at >= std::chrono::minutes(1); };
  std::erase_if(buckets_, is_full);
  look_at_ = std::max(many, 2 * buckets_.size());
}

std::optional<HttpError> RequestRates::refuse_address(const HttpRequest& request, bool is_submission,
                                                      RateLimit::Time now) {
  if (const auto wait_s = requests_of_address_.wait_s(request.address, now)) {
    return too_many("requests", "address", *wait_s);
  }
  if (!is_submission) return std::nullopt;
  const auto wait_s = submissions_of_address_.wait_s(request.address, now);
  return wait_s ? std::optional(too_many("submissions", "address", *wait_s)) : std::nullopt;
}

std::optional<HttpError> RequestRates::refuse_caller(const HttpRequest& request, bool is_submission,
                                                     RateLimit::Time now) {
  const std::string caller = submitter_text(request.principal.identity);
  if (const auto wait_s = requests_.wait_s(caller, now)) return too_many("requests", "caller", *wait_s);
  if (!is_submission) return std::nullopt;
  const auto wait_s = submissions_.wait_s(caller, now);
  return wait_s ? std::optional(too_many("submissions", "caller", *wait_s)) : std::nullopt;
}

}  // namespace backtest
