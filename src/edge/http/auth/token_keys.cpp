#include "edge/http/auth/token_keys.hpp"

#include <boost/json/parse.hpp>

#include "base/json.hpp"
#include "base/log.hpp"
#include "edge/http/auth/provider_fetch.hpp"
#include "edge/http/message/base64url.hpp"
#include "settings/setting_text.hpp"

namespace backtest {

namespace {

constexpr std::size_t most_keys = 100;

const json::string* text_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_string();
}

// Keys that are not RSA, not for signatures or malformed are left out: a provider may publish others.
std::shared_ptr<const RsaKey> rsa_key(const json::object& entry) {
  const json::string* type = text_member(entry, "kty");
  const json::string* use = text_member(entry, "use");
  const json::string* algorithm = text_member(entry, "alg");
  const json::string* modulus = text_member(entry, "n");
  const json::string* exponent = text_member(entry, "e");
  if (type == nullptr || *type != "RSA" || modulus == nullptr || exponent == nullptr) return nullptr;
  if ((use != nullptr && *use != "sig") || (algorithm != nullptr && *algorithm != "RS256")) return nullptr;
  const auto n = base64url_decoded(*modulus), e = base64url_decoded(*exponent);
  return n && e ? RsaKey::from_numbers(*n, *e) : nullptr;
}

}  // namespace

TokenKeys::TokenKeys(const OidcSettings& settings, std::function<void()> on_refreshed, TokenKeyTimes times)
    : settings_(settings), on_refreshed_(std::move(on_refreshed)), times_(times) {
  thread_ = std::thread([this] { fetch_when_asked(); });
}

TokenKeys::~TokenKeys() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  cancelled_ = true;
  wake_.notify_all();
  thread_.join();
}

bool TokenKeys::request_refresh(Clock::time_point now) {
  if (refreshing_) return true;
  const auto interval = last_failed_ ? times_.retry_interval : times_.least_interval;
  if (ever_tried_ && now - tried_at_ < interval) return false;
  refreshing_ = true;
  ever_tried_ = true;
  tried_at_ = now;
  wake_.notify_all();
  return true;
}

std::variant<std::shared_ptr<const RsaKey>, KeyAbsence> TokenKeys::find(std::string_view key_id) {
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  const bool usable = !keys_.empty() && now - fetched_at_ < times_.longest_age;
  if (!usable) return request_refresh(now) ? KeyAbsence::refreshing : KeyAbsence::unavailable;
  if (now - fetched_at_ > times_.lifetime) request_refresh(now);
  if (key_id.empty()) {
    if (keys_.size() == 1) return keys_.begin()->second;
    return KeyAbsence::unknown;
  }
  const auto found = keys_.find(key_id);
  if (found != keys_.end()) return found->second;
  return request_refresh(now) ? KeyAbsence::refreshing : KeyAbsence::unknown;
}

TokenKeys::KeyMap TokenKeys::fetch() const {
  const auto give_up = Clock::now() + times_.fetch_time;
  const auto fetch_in_time = [&](const std::string& document_url) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(give_up - Clock::now());
    if (left.count() <= 0) throw std::runtime_error("the provider did not answer in time");
    return json::parse(fetch_from_provider(document_url, left, cancelled_));
  };
  std::string url = settings_.jwks_url;
  if (url.empty()) {
    std::string issuer = settings_.issuer;
    while (issuer.ends_with('/')) issuer.pop_back();
    const json::value document = fetch_in_time(issuer + "/.well-known/openid-configuration");
    url = std::string(document.as_object().at("jwks_uri").as_string());
    if (!valid_provider_url(url)) throw std::runtime_error("the provider's jwks_uri is not an https URL");
  }
  const json::value document = fetch_in_time(url);
  KeyMap keys;
  for (const json::value& entry : document.as_object().at("keys").as_array()) {
    if (!entry.is_object() || keys.size() == most_keys) continue;
    const json::string* key_id = text_member(entry.get_object(), "kid");
    if (auto key = rsa_key(entry.get_object())) keys[key_id == nullptr ? "" : std::string(*key_id)] = std::move(key);
  }
  if (keys.empty()) throw std::runtime_error("the provider has no RSA signing key");
  return keys;
}

void TokenKeys::fetch_when_asked() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || refreshing_; });
    if (stopping_) return;
    lock.unlock();
    KeyMap fetched;
    try {
      fetched = fetch();
    } catch (const std::exception& error) {
      log_warning("the keys of the OIDC provider could not be fetched", {{"reason", error.what()}});
    }
    lock.lock();
    last_failed_ = fetched.empty();
    if (!fetched.empty()) {
      keys_ = std::move(fetched);
      fetched_at_ = Clock::now();
    }
    refreshing_ = false;
    tried_at_ = Clock::now();
    lock.unlock();
    on_refreshed_();
    lock.lock();
  }
}

}  // namespace backtest
