#include "settings/data_settings.hpp"

#include "base/sql_table_name.hpp"
#include "settings/secret_setting.hpp"
#include "settings/setting_reader.hpp"

namespace backtest {

DataSettings read_data_settings(SettingReader& reader) {
  DataSettings settings;
  settings.postgres_dsn = secret_setting(reader, "BACKTEST_DATA_POSTGRES_DSN");
  settings.postgres_timeout = std::chrono::seconds(
      reader.integer("BACKTEST_DATA_POSTGRES_TIMEOUT_SECONDS", settings.postgres_timeout.count(), 1, 86'400));
  settings.allowed_sql_tables = reader.list("BACKTEST_ALLOWED_SQL_TABLES");
  for (const std::string& table : settings.allowed_sql_tables) {
    if (!parse_sql_table_name(table)) {
      reader.error("BACKTEST_ALLOWED_SQL_TABLES", "must be a comma list of schema.table; '" + table + "' is none");
    }
  }
  if (settings.allowed_sql_tables.empty()) settings.allowed_sql_tables = {"ranking.composite_signal_daily"};
  return settings;
}

}  // namespace backtest
