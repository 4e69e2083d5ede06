#include "edge/cli/service_client.hpp"

#include <curl/curl.h>

#include <cstdlib>

#include "base/diagnostic.hpp"
#include "base/json_field.hpp"
#include "base/secret.hpp"
#include "base/strict_json.hpp"

namespace backtest {

namespace {

constexpr long connect_timeout_s = 10;
constexpr long stalled_after_s = 60;  // a transfer slower than one byte a second for this long is given up
constexpr std::size_t longest_reply = 256u << 20;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

struct Transfer {
  std::function<bool(std::string_view)> sink;
  bool ended_by_sink = false;
};

std::size_t on_bytes(char* bytes, std::size_t size, std::size_t count, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  if (transfer->sink({bytes, size * count})) return size * count;
  transfer->ended_by_sink = true;
  return 0;
}

json::value parsed(std::string_view reply) {
  auto value = parse_strict_json(reply);
  if (!value) throw ServiceError(0, "the answer is no JSON: " + value.error());
  return std::move(*value);
}

// The `detail` (or `title`) of a problem document, or the beginning of whatever else came.
ServiceError error_of(long status, std::string_view body) {
  const auto value = parse_strict_json(body);
  if (!value || !value->is_object()) return ServiceError(status, std::string(body.substr(0, 300)));
  const json::object& problem = value->get_object();
  std::string reason = text_field(problem, "detail");
  if (reason.empty()) reason = text_field(problem, "title");
  json::array errors;
  const json::value* listed = problem.if_contains("errors");
  if (listed != nullptr && listed->is_array()) {
    for (const json::value& entry : listed->get_array()) {
      if (entry.is_object()) errors.push_back(entry);
    }
  }
  return ServiceError(status, reason.empty() ? std::string(body.substr(0, 300)) : reason, text_field(problem, "code"),
                      std::move(errors));
}

}  // namespace

struct ServiceClient::State {
  CURL* curl = curl_easy_init();
  std::string url;
  std::string key_header;
  Secret key;
  Secret token;
  ~State() { curl_easy_cleanup(curl); }

  // Returns the status. The body goes to `sink` when it is a success, else into the error that is thrown.
  void perform(const std::string& path, const std::string* body, const std::vector<std::string>& headers,
               const std::function<bool(std::string_view)>& sink);
};

ServiceClient::ServiceClient() : state_(std::make_unique<State>()) {
  state_->url = variable("BACKTEST_URL");
  if (state_->url.empty()) state_->url = "http://127.0.0.1:8000";
  if (!state_->url.starts_with("http://") && !state_->url.starts_with("https://")) {
    throw InvalidInput(Diagnostic{.path = "BACKTEST_URL", .message = "must start with http:// or https://"});
  }
  while (state_->url.ends_with('/')) state_->url.pop_back();
  state_->key = Secret(variable("BACKTEST_API_KEY"));
  state_->token = Secret(variable("BACKTEST_TOKEN"));
  state_->key_header = variable("BACKTEST_API_KEY_HEADER");
  if (state_->key_header.empty()) state_->key_header = "X-API-Key";
}

ServiceClient::~ServiceClient() = default;

void ServiceClient::State::perform(const std::string& path, const std::string* body,
                                   const std::vector<std::string>& headers,
                                   const std::function<bool(std::string_view)>& sink) {
  curl_easy_reset(curl);
  std::string error_body;
  long status = 0;
  Transfer transfer;
  transfer.sink = [&](std::string_view bytes) {
    if (status == 0) curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status < 400) return sink(bytes);
    if (error_body.size() < 65'536) error_body += bytes;
    return true;
  };
  curl_slist* list = nullptr;
  for (const std::string& header : headers) list = curl_slist_append(list, header.c_str());
  if (!key.empty()) list = curl_slist_append(list, (key_header + ": " + std::string(key.reveal())).c_str());
  if (!token.empty()) list = curl_slist_append(list, ("Authorization: Bearer " + std::string(token.reveal())).c_str());
  if (body != nullptr) {
    list = curl_slist_append(list, "Content-Type: application/json");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->c_str());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
  }
  const std::string full = url + path;
  curl_easy_setopt(curl, CURLOPT_URL, full.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, connect_timeout_s);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, stalled_after_s);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
  const CURLcode result = curl_easy_perform(curl);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  curl_slist_free_all(list);
  if (result != CURLE_OK && !transfer.ended_by_sink) {
    throw ServiceError(0, "no answer from " + url + ": " + curl_easy_strerror(result));
  }
  if (status >= 400) throw error_of(status, error_body);
}

json::value ServiceClient::get(const std::string& path) {
  std::string body;
  state_->perform(path, nullptr, {}, [&](std::string_view bytes) {
    body += bytes;
    return body.size() <= longest_reply;
  });
  return parsed(body);
}

json::value ServiceClient::post(const std::string& path, const json::value& body,
                                const std::vector<std::string>& headers) {
  const std::string text = json_text(body);
  std::string reply;
  state_->perform(path, &text, headers, [&](std::string_view bytes) {
    reply += bytes;
    return reply.size() <= longest_reply;
  });
  return reply.empty() ? json::value(nullptr) : parsed(reply);
}

void ServiceClient::stream(const std::string& path, const std::function<bool(std::string_view)>& sink,
                           const std::vector<std::string>& headers) {
  state_->perform(path, nullptr, headers, sink);
}

std::string percent_encoded(std::string_view text, std::string_view keep) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                       c == '_' || c == '~' || c == '-' || keep.find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  return out;
}

}  // namespace backtest
