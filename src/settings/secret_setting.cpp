#include "settings/secret_setting.hpp"

#include <stdexcept>

#include "settings/auth_settings.hpp"

namespace backtest {

Secret secret_setting(SettingReader& reader, const std::string& name) {
  const std::string value = reader.text(name);
  const std::string file = reader.text(name + "_FILE");
  if (file.empty()) return Secret(value);
  if (!value.empty()) {
    reader.error(name + "_FILE", "cannot be given beside " + name);
    return {};
  }
  try {
    return read_key_file(file);
  } catch (const std::runtime_error& error) {
    reader.error(name + "_FILE", error.what());
    return {};
  }
}

}  // namespace backtest
