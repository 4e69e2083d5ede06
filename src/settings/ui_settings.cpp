#include "settings/ui_settings.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/allowed_file.hpp"
#include "base/ascii_text.hpp"
#include "settings/setting_text.hpp"

namespace backtest {

namespace {

namespace fs = std::filesystem;

// What /config.js understands, with the names of existing deployments.
constexpr std::array<std::string_view, 9> auth_words = {"none", "noauth", "disabled", "api_key", "apikey",
                                                        "key",  "oidc",   "jwt",      "bearer"};

// What keeps `directory` from being a client's; empty where nothing does.
std::string flaw(const fs::path& directory) {
  std::error_code ignored;
  if (!fs::is_directory(directory, ignored)) return "is not a directory";
  if (!fs::is_regular_file(directory / "index.html", ignored)) return "has no index.html";
  if (!fs::is_directory(directory / "assets", ignored)) return "has no directory assets";
  return {};
}

// scheme://host:port of an absolute URL; empty for any other text, and where it would end a directive of the policy.
std::string origin(std::string_view url) {
  const std::size_t scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return {};
  const std::string_view origin = url.substr(0, url.find_first_of("/?#", scheme_end + 3));
  const bool plain = std::ranges::all_of(origin, [](char c) { return c > ' ' && c < 0x7F && c != ';' && c != ','; });
  return plain && origin.size() > scheme_end + 3 ? std::string(origin) : std::string();
}

}  // namespace

UiSettings read_ui_settings(SettingReader& reader, bool serves) {
  UiSettings ui;
  ui.dist_dir = reader.text("BACKTEST_UI_DIST_DIR");
  if (ui.dist_dir == no_client) {
    // Neither a directory's nor the binary's.
  } else if (!ui.dist_dir.empty()) {
    ui.dist_dir = absolute_path(ui.dist_dir);
    const std::string wrong = serves ? flaw(ui.dist_dir) : std::string();
    if (!wrong.empty()) {
      reader.error("BACKTEST_UI_DIST_DIR",
                   "must be a directory with index.html and assets/: " + ui.dist_dir + " " + wrong);
    }
  } else if (const std::string beside = absolute_path("./ui-dist"); serves && flaw(beside).empty()) {
    ui.dist_dir = beside;
  }
  ui.auth_mode = lower_case(reader.text("BACKTEST_UI_AUTH_MODE"));
  if (!ui.auth_mode.empty() && std::ranges::find(auth_words, ui.auth_mode) == auth_words.end()) {
    reader.error("BACKTEST_UI_AUTH_MODE", "must be none, api_key or oidc");
  }
  ui.api_base_url = reader.text("BACKTEST_UI_API_BASE_URL");
  ui.oidc_client_id = reader.text("BACKTEST_UI_OIDC_CLIENT_ID");
  ui.oidc_authority = reader.text("BACKTEST_UI_OIDC_AUTHORITY");
  std::string scopes = reader.text("BACKTEST_UI_OIDC_SCOPES");
  std::ranges::replace_if(scopes, [](char c) { return c == ' ' || c == '\t'; }, ',');
  ui.oidc_scopes = comma_list(scopes);
  return ui;
}

std::vector<std::string> client_origins(const UiSettings& ui, const OidcSettings& oidc) {
  std::vector<std::string> origins;
  for (const std::string& url : {oidc.issuer, ui.oidc_authority, ui.api_base_url}) {
    std::string found = origin(url);
    if (!found.empty() && std::ranges::find(origins, found) == origins.end()) origins.push_back(std::move(found));
  }
  return origins;
}

}  // namespace backtest
