// A client of the service at BACKTEST_URL, for the commands that talk to one.
//
// Credentials come from the environment: BACKTEST_API_KEY (with BACKTEST_API_KEY_HEADER) or BACKTEST_TOKEN, a bearer
// token. They are sent to BACKTEST_URL only: redirects are not followed.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"

namespace backtest {

// The service could not be reached, or answered with an error; what() is for people.
class ServiceError : public std::runtime_error {
 public:
  ServiceError(long status, const std::string& message, std::string code = {}, json::array errors = {})
      : std::runtime_error(message), status_(status), code_(std::move(code)), errors_(std::move(errors)) {}
  long status() const { return status_; }                // 0 = no answer
  const std::string& code() const { return code_; }      // of the problem document, or empty
  const json::array& errors() const { return errors_; }  // its list of objects: path, message, perhaps line and column

 private:
  long status_;
  std::string code_;
  json::array errors_;
};

class ServiceClient {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  // Throws InvalidInput when BACKTEST_URL is not an http(s) URL.
  ServiceClient();
  ~ServiceClient();
  ServiceClient(const ServiceClient&) = delete;
  ServiceClient& operator=(const ServiceClient&) = delete;

  // Answers are for terminals: their texts as terminal_text() and without_passwords() show them.
  json::value get(const std::string& path);
  // The texts as the service has them: for what is sent back.
  json::value get_unchanged(const std::string& path);
  json::value post(const std::string& path, const json::value& body, const Headers& headers = {});
  json::value patch(const std::string& path, const json::value& body);
  // A file as it is; the service may take minutes to look at it.
  json::value put_file(const std::string& path, const std::filesystem::path& file, const Headers& headers);
  void remove(const std::string& path);
  // Streams a body to `sink`; a sink that answers false ends the transfer without error.
  void stream(const std::string& path, const std::function<bool(std::string_view bytes)>& sink,
              const Headers& headers = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// text with every byte outside [A-Za-z0-9._~-] percent-encoded; `keep` is left as it is.
std::string percent_encoded(std::string_view text, std::string_view keep = "");

}  // namespace backtest
