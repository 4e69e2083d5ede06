// Who is told that a run is over (docs/operations.md). Only the operator says: no config and no caller does.
#pragma once

#include "settings/setting_reader.hpp"
#include "settings/settings.hpp"

namespace backtest {

WebhookSettings read_webhook_settings(SettingReader& reader);

}  // namespace backtest
