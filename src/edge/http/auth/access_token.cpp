#include "edge/http/auth/access_token.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <cmath>

#include "edge/http/message/base64url.hpp"

namespace backtest {

namespace {

constexpr std::size_t longest_subject = 1024;

std::optional<json::object> decoded_object(std::string_view part) {
  const auto bytes = base64url_decoded(part);
  if (!bytes) return std::nullopt;
  json::error_code error;
  json::value value = json::parse(*bytes, error);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

const json::value* claim(const json::object& claims, std::string_view name) {
  const json::value* value = claims.if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::optional<double> time_claim(const json::object& claims, std::string_view name) {
  const json::value* value = claim(claims, name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  const double seconds = value->to_number<double>();
  if (!std::isfinite(seconds)) return std::nullopt;
  return seconds;
}

void append_items(const json::value* value, std::vector<std::string>& items) {
  if (value == nullptr) return;
  if (const json::string* text = value->if_string()) {
    std::string_view rest = *text;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      if (end > 0) items.emplace_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  } else if (const json::array* list = value->if_array()) {
    for (const json::value& item : *list) {
      if (item.is_string()) items.emplace_back(item.get_string());
    }
  }
}

bool audience_holds(const json::object& claims, const OidcSettings& settings) {
  const json::value* value = claim(claims, "aud");
  if (value == nullptr) return false;
  std::vector<std::string> audiences;
  // Unlike scopes, an audience is one text: blanks do not separate.
  if (value->is_string()) audiences.emplace_back(value->get_string());
  if (value->is_array()) append_items(value, audiences);
  return std::ranges::any_of(audiences, [&](const std::string& audience) {
    return std::ranges::find(settings.audiences, audience) != settings.audiences.end();
  });
}

}  // namespace

std::optional<AccessToken> parse_access_token(std::string_view text) {
  const std::size_t first = text.find('.');
  const std::size_t second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos) return std::nullopt;
  const auto header = decoded_object(text.substr(0, first));
  auto claims = decoded_object(text.substr(first + 1, second - first - 1));
  auto signature = base64url_decoded(text.substr(second + 1));
  if (!header || !claims || !signature) return std::nullopt;
  const json::value* algorithm = header->if_contains("alg");
  // `crit` names extensions that a reader must understand; this one understands none.
  if (algorithm == nullptr || !algorithm->is_string() || algorithm->get_string() != "RS256" ||
      header->contains("crit")) {
    return std::nullopt;
  }
  AccessToken token;
  if (const json::value* key_id = header->if_contains("kid")) {
    if (!key_id->is_string() || key_id->get_string().empty()) return std::nullopt;
    token.key_id = std::string(key_id->get_string());
  }
  token.claims = std::move(*claims);
  token.signed_text = text.substr(0, second);
  token.signature = std::move(*signature);
  return token;
}

std::optional<std::string> claims_error(const json::object& claims, const OidcSettings& settings, std::int64_t now_s) {
  const auto now = static_cast<double>(now_s);
  const std::optional<double> expires = time_claim(claims, "exp");
  if (!expires) return "exp is missing";
  if (*expires <= now) return "expired";
  for (const char* name : {"nbf", "iat"}) {
    if (claim(claims, name) == nullptr) continue;
    const std::optional<double> time = time_claim(claims, name);
    if (!time || *time > now) return std::string(name) + " lies in the future";
  }
  const json::value* issuer = claim(claims, "iss");
  if (issuer == nullptr || !issuer->is_string() || std::string_view(issuer->get_string()) != settings.issuer) {
    return "iss is another issuer";
  }
  if (!audience_holds(claims, settings)) return "aud names another audience";
  for (const char* name : {"sub", "jti"}) {
    if (const json::value* value = claim(claims, name); value != nullptr && !value->is_string()) {
      return std::string(name) + " is not text";
    }
  }
  // Kept whole, so that nobody is taken for somebody else.
  const std::string subject = token_subject(claims);
  if (subject.empty()) return "neither sub nor oid says who it is of";
  if (subject.size() > longest_subject) return "sub is longer than 1024 bytes";
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::ranges::any_of(subject, is_control)) return "sub has control characters";
  return std::nullopt;
}

std::string token_subject(const json::object& claims) {
  for (const char* name : {"sub", "oid"}) {
    const json::value* value = claim(claims, name);
    if (value != nullptr && value->is_string() && !value->get_string().empty()) {
      return std::string(value->get_string());
    }
  }
  return "";
}

std::vector<std::string> token_scopes(const json::object& claims) {
  std::vector<std::string> scopes;
  append_items(claim(claims, "scp"), scopes);
  append_items(claim(claims, "scope"), scopes);
  return scopes;
}

std::vector<std::string> token_roles(const json::object& claims) {
  std::vector<std::string> roles;
  const json::value* value = claim(claims, "roles");
  if (value != nullptr && value->is_array()) append_items(value, roles);
  return roles;
}

}  // namespace backtest
