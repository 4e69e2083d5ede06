// What the HTTP service takes from whom, and how much of it: limits, proxies, prefix, origins.
#pragma once

#include "settings/setting_reader.hpp"
#include "settings/settings.hpp"

namespace backtest {

void read_http_limits(SettingReader& reader, HttpLimits& limits);
// After `settings.auth` and `settings.ui` are read.
void read_http_surface(SettingReader& reader, Settings& settings);

}  // namespace backtest
