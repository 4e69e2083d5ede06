// Who may call (SET-4..10, SET-19), failing closed: no mode is needed on a loopback address, any other address needs
// one, and `none` there needs BACKTEST_ALLOW_ANONYMOUS=true.
#pragma once

#include <optional>

#include "settings/setting_reader.hpp"
#include "settings/settings.hpp"

namespace backtest {

// `listen` is unset where no API is served: then nothing is required.
AuthSettings read_auth_settings(SettingReader& reader, const std::optional<Endpoint>& listen);

// The key that a file holds, without blanks around it. Throws std::runtime_error, which names neither key nor path,
// where the file cannot be read or holds none.
Secret read_key_file(const std::string& path);

}  // namespace backtest
