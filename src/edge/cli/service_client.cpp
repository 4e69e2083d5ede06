#include "edge/cli/service_client.hpp"

#include <chrono>
#include <cstdlib>

#include "base/diagnostic.hpp"
#include "base/json_field.hpp"
#include "base/secret.hpp"
#include "base/strict_json.hpp"
#include "edge/cli/terminal_text.hpp"
#include "http_client/http_exchange.hpp"

namespace backtest {

namespace {

constexpr ExchangeLimits limits{};
constexpr ExchangeLimits limits_of_files{.silent = std::chrono::seconds(600)};
constexpr std::size_t longest_reason = 65'536;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::string shown(std::string_view text) {
  return terminal_text(without_passwords(text));
}

// Every text of an answer was chosen by somebody else and may be printed on a terminal (terminal_text.hpp).
void make_shown(json::value& value) {
  if (json::string* text = value.if_string()) {
    *text = shown(*text);
  } else if (json::array* items = value.if_array()) {
    for (json::value& item : *items) make_shown(item);
  } else if (json::object* members = value.if_object()) {
    json::object changed;
    for (auto& [name, member] : *members) {
      make_shown(member);
      changed[shown(name)] = std::move(member);
    }
    *members = std::move(changed);
  }
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
  HttpClient http{limits};
  std::string url;
  std::string key_header;
  Secret key;
  Secret token;

  // The reply to a request that has a body; null where it is empty.
  json::value sent(OutgoingRequest request);
  // The body goes to `sink` when it is a success, else into the error that is thrown.
  void perform(OutgoingRequest request, const std::function<bool(std::string_view)>& sink);
  void perform(HttpClient& client, OutgoingRequest request, const std::function<bool(std::string_view)>& sink);
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

void ServiceClient::State::perform(OutgoingRequest request, const std::function<bool(std::string_view)>& sink) {
  perform(http, std::move(request), sink);
}

void ServiceClient::State::perform(HttpClient& client, OutgoingRequest request,
                                   const std::function<bool(std::string_view)>& sink) {
  if (!key.empty()) request.headers.emplace_back(key_header, key.reveal());
  if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + std::string(token.reveal()));
  if (request.body) request.headers.emplace_back("Content-Type", "application/json");
  request.url = url + request.url;
  std::string error_body;
  int status = 0;
  try {
    status = client.exchange(request, [&](int seen, std::string_view bytes) {
      if (seen < 300) return sink(bytes);
      if (error_body.size() < longest_reason) error_body += bytes;
      return true;
    });
  } catch (const ExchangeFailed& error) {
    throw ServiceError(0, "no answer from " + url + ": " + error.what());
  }
  if (status >= 300 && status < 400) {
    throw ServiceError(status,
                       url + " answers with a redirect, which is not followed: set BACKTEST_URL to where it leads");
  }
  if (status >= 400) throw error_of(status, error_body);
}

json::value ServiceClient::State::sent(OutgoingRequest request) {
  std::string reply;
  HttpClient for_files{limits_of_files};
  HttpClient& client = request.body_file ? for_files : http;
  perform(client, std::move(request), [&](std::string_view bytes) {
    reply += bytes;
    return true;
  });
  if (reply.empty()) return nullptr;
  json::value value = parsed(reply);
  make_shown(value);
  return value;
}

json::value ServiceClient::get_unchanged(const std::string& path) {
  std::string body;
  state_->perform({.url = path}, [&](std::string_view bytes) {
    body += bytes;
    return true;
  });
  return parsed(body);
}

json::value ServiceClient::get(const std::string& path) {
  json::value value = get_unchanged(path);
  make_shown(value);
  return value;
}

json::value ServiceClient::post(const std::string& path, const json::value& body, const Headers& headers) {
  return state_->sent({.method = "POST", .url = path, .headers = headers, .body = json_text(body)});
}

json::value ServiceClient::patch(const std::string& path, const json::value& body) {
  return state_->sent({.method = "PATCH", .url = path, .body = json_text(body)});
}

json::value ServiceClient::put_file(const std::string& path, const std::filesystem::path& file,
                                    const Headers& headers) {
  return state_->sent({.method = "PUT", .url = path, .headers = headers, .body_file = file});
}

void ServiceClient::remove(const std::string& path) {
  state_->sent({.method = "DELETE", .url = path});
}

void ServiceClient::stream(const std::string& path, const std::function<bool(std::string_view)>& sink,
                           const Headers& headers) {
  state_->perform({.url = path, .headers = headers}, sink);
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
