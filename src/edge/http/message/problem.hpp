// Errors as RFC 9457 problem details: `code` is stable and for programs, `detail` is for people, nothing internal.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/json.hpp"
#include "edge/http/message/http_message.hpp"

namespace backtest {

// Ends a request; caught where handlers are called.
class HttpError : public std::runtime_error {
 public:
  HttpError(int http_status, std::string stable_code, const std::string& detail)
      : std::runtime_error(detail), status(http_status), code(std::move(stable_code)) {}
  HttpError&& with_header(std::string name, std::string value) && {
    headers.emplace_back(std::move(name), std::move(value));
    return std::move(*this);
  }
  HttpError&& with_errors(json::array list) && {
    errors = std::move(list);
    return std::move(*this);
  }

  int status;
  std::string code;
  std::vector<std::pair<std::string, std::string>> headers;
  json::array errors;
};

HttpResponse problem_response(const HttpError& error, const std::string& request_id);
// A config that is wrong (400, code invalid_config): one entry of `errors` for each diagnostic.
HttpError invalid_config(const std::vector<Diagnostic>& diagnostics);
// A query or body field that is wrong (422).
HttpError invalid_parameter(const std::string& name, const std::string& rule);

}  // namespace backtest
