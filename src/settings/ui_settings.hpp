// The web client: where its files are (UI-1) and what /config.js tells it (SET-18).
#pragma once

#include <string_view>

#include "settings/setting_reader.hpp"
#include "settings/settings.hpp"

namespace backtest {

// As BACKTEST_UI_DIST_DIR: no pages, also not those of the binary. An empty one means those of the binary.
inline constexpr std::string_view no_client = "none";

// Where `serves` is set the directory is looked at: one that is named must hold a client, and ./ui-dist is taken where
// it does and none is named. A worker sends no files, so what the directory holds is nothing to it.
UiSettings read_ui_settings(SettingReader& reader, bool serves);

// The hosts other than the service's own that the client has to reach, as a Content-Security-Policy names them.
std::vector<std::string> client_origins(const UiSettings& ui, const OidcSettings& oidc);

}  // namespace backtest
