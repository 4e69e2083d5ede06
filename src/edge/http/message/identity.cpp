#include "edge/http/message/identity.hpp"

#include <array>
#include <cstddef>

namespace backtest {

namespace {

constexpr std::string_view of_key = "key:";
constexpr std::string_view of_token = "oidc:";

}  // namespace

std::string_view to_text(IdentityKind kind) {
  constexpr std::array<std::string_view, 4> words = {"anonymous", "api_key", "key", "oidc"};
  return words[static_cast<std::size_t>(kind)];
}

std::string submitter_text(const Identity& identity) {
  switch (identity.kind) {
    case IdentityKind::anonymous:
    case IdentityKind::api_key:
      break;
    case IdentityKind::key:
      return std::string(of_key) + identity.subject;
    case IdentityKind::oidc:
      return std::string(of_token) + identity.issuer + "#" + identity.subject;
  }
  return std::string(to_text(identity.kind));
}

std::optional<Identity> parse_submitter(std::string_view text) {
  if (is_of_nobody(text)) return Identity{};
  if (text == to_text(IdentityKind::api_key))
    return Identity{.kind = IdentityKind::api_key, .issuer = {}, .subject = {}};
  if (text.starts_with(of_key)) {
    return Identity{.kind = IdentityKind::key, .issuer = {}, .subject = std::string(text.substr(of_key.size()))};
  }
  const std::size_t end = text.find('#');
  if (!text.starts_with(of_token) || end == std::string_view::npos) return std::nullopt;
  return Identity{.kind = IdentityKind::oidc,
                  .issuer = std::string(text.substr(of_token.size(), end - of_token.size())),
                  .subject = std::string(text.substr(end + 1))};
}

bool is_of_nobody(std::string_view submitter) {
  return submitter.empty() || submitter == to_text(IdentityKind::anonymous);
}

std::string shown_submitter(std::string_view submitter) {
  const auto identity = parse_submitter(submitter);
  if (!identity) return std::string(submitter);
  return identity->subject.empty() ? std::string(to_text(identity->kind)) : identity->subject;
}

}  // namespace backtest
