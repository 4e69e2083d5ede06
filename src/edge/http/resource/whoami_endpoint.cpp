// GET /whoami: who the service takes the caller for, and what that one may do. Pages hide what it may not.
#include "base/json.hpp"
#include "edge/http/resource/resources.hpp"
#include "settings/settings.hpp"

namespace backtest {

HttpResponse get_whoami(ApiContext& context, const HttpRequest& request) {
  const auto [identity, rights, expires_at_s] = request.principal;
  const auto text_or_null = [](const std::string& text) { return text.empty() ? json::value() : json::value(text); };
  json::array held;
  if (rights.read) held.emplace_back("read");
  if (rights.write) held.emplace_back("write");
  if (rights.admin) held.emplace_back("admin");
  json::object body;
  body["access"] = std::string(to_text(context.settings.auth.access));
  body["kind"] = std::string(to_text(identity.kind));
  body["issuer"] = text_or_null(identity.issuer);
  body["subject"] = text_or_null(identity.subject);
  body["submitter"] = shown_submitter(submitter_text(identity));
  body["rights"] = std::move(held);
  body["datasets"] = context.settings.datasets.are_allowed && context.datasets != nullptr;
  HttpResponse response = json_response(200, json_text(body));
  response.set("Cache-Control", "no-store");
  return response;
}

}  // namespace backtest
