// What of reading tables is Arrow's, and lies in libbacktest_arrow.so (data/parquet).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "data/table.hpp"

namespace backtest {

// The clocks of a named time zone.
class ZoneRules {
 public:
  virtual ~ZoneRules() = default;
  virtual std::int64_t local_second(std::int64_t utc_second) const = 0;
};

struct ArrowTables {
  std::unique_ptr<Table> (*open_parquet)(std::shared_ptr<const DataSource> source, const TableFormat& format);
  // Throws std::exception for a zone that the system does not know.
  std::unique_ptr<const ZoneRules> (*open_zone)(const std::string& name);
};

}  // namespace backtest

extern "C" [[gnu::visibility("default")]] const backtest::ArrowTables backtest_arrow_tables;
