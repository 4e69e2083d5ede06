// Who a caller is (AUTH-8): what proved it, and the name that this gave. Two callers are one where all three parts are
// the same, so that the token of a person called "api_key" is not the API key.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace backtest {

enum class IdentityKind {
  anonymous,  // nobody asked for a proof
  api_key,    // the key of the environment
  key,        // a key of the store; the subject is its name
  oidc,       // a token
};
std::string_view to_text(IdentityKind kind);

struct Identity {
  IdentityKind kind = IdentityKind::anonymous;
  std::string issuer;   // of a token, else empty
  std::string subject;  // empty for the first two kinds
  friend bool operator==(const Identity&, const Identity&) = default;
};

// As a run's record names its submitter, one text for each identity: `anonymous`, `api_key`, `key:NAME`,
// `oidc:ISSUER#SUBJECT`. An issuer has no # (settings refuse one).
std::string submitter_text(const Identity& identity);
// nullopt for what an earlier version wrote of a token: its bare subject, perhaps cut short, of an issuer nobody knows.
std::optional<Identity> parse_submitter(std::string_view text);
// Whether a run has no submitter: of the service before this one, or sent where nobody had to prove anything.
bool is_of_nobody(std::string_view submitter);
// The name that people see.
std::string shown_submitter(std::string_view submitter);

struct Rights {
  bool read = false, write = false, admin = false;
  friend bool operator==(const Rights&, const Rights&) = default;
};
inline constexpr Rights all_rights{.read = true, .write = true, .admin = true};

}  // namespace backtest
