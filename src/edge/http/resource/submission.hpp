// What the body of POST /backtests asks for (API-30..34), checked: nothing that is accepted here fails to build later.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "edge/http/message/http_message.hpp"
#include "edge/http/resource/api_context.hpp"
#include "spec/spec.hpp"

namespace backtest {

struct RunRequest {
  Spec spec;
  json::value submitted;              // the config as it was sent; the canonical one for YAML text
  std::optional<std::string> run_id;  // checked
  int priority = 0;
  std::vector<std::string> tags;
  std::optional<std::string> note;
  std::string body_sha256;  // of the body's meaning: key order and white space do not count
};

// Throws HttpError (422 for the body, 400 for the run id) or InvalidInput (the config).
// `memory` holds what the request needs while it is looked at.
RunRequest parse_run_request(ApiContext& context, const HttpRequest& request, MemoryShare& memory);

// API-32: sources and places that this service may read and write. Appends what it refuses.
void check_access(const Spec& spec, const Settings& settings, std::vector<Diagnostic>& refused);

}  // namespace backtest
