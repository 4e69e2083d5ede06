#include "edge/http/message/problem.hpp"

#include "base/diagnostic_json.hpp"

namespace backtest {

HttpResponse problem_response(const HttpError& error, const std::string& request_id) {
  json::object body;
  body["type"] = "about:blank";
  body["title"] = std::string(reason_phrase(error.status));
  body["status"] = error.status;
  body["code"] = error.code;
  body["detail"] = error.what();
  if (!error.errors.empty()) body["errors"] = error.errors;
  if (!request_id.empty()) body["request_id"] = request_id;
  HttpResponse response;
  response.status = error.status;
  response.set("Content-Type", "application/problem+json");
  response.set("Cache-Control", "no-store");
  for (const auto& [name, value] : error.headers) response.set(name, value);
  response.body = json_text(body);
  return response;
}

HttpError invalid_config(const std::vector<Diagnostic>& diagnostics) {
  std::string detail;
  for (std::size_t shown = 0; const Diagnostic& diagnostic : diagnostics) {
    if (shown++ == most_errors_shown) {
      detail += "\nand " + std::to_string(diagnostics.size() - most_errors_shown) + " more";
      break;
    }
    if (!detail.empty()) detail += "\n";
    detail += diagnostic.text();
  }
  return HttpError(400, "invalid_config", detail).with_errors(errors_json(diagnostics));
}

HttpError invalid_parameter(const std::string& name, const std::string& rule) {
  json::object entry;
  entry["path"] = name;
  entry["message"] = rule;
  return HttpError(422, "invalid_parameter", name + " " + rule).with_errors({entry});
}

}  // namespace backtest
