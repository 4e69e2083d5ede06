// Which market data may be read beside files: tables of a database (SEC-11).
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/secret.hpp"

namespace backtest {

class SettingReader;

struct DataSettings {
  Secret postgres_dsn;                          // of the database with market data; empty = none
  std::chrono::seconds postgres_timeout{600};   // of one statement there
  std::vector<std::string> allowed_sql_tables;  // in it, schema.table; never empty
};

DataSettings read_data_settings(SettingReader& reader);

}  // namespace backtest
