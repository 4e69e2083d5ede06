// Where tables come from that are more than a file: a table of a database, a table of many files with a log. Such a
// source is asked with a path of the config and with the rows that will be used, so that it can leave the others where
// they are. What it gives is read by the same code as files.
#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/date.hpp"
#include "data/table.hpp"
#include "data/table_parts.hpp"

namespace backtest {

// The service behind a source does not answer, or not now: nothing is said about the data, and another attempt may find
// them. No text holds a secret.
class SourceUnavailable : public std::runtime_error {
 public:
  // `table` as the config names it. `advice` says which service it is and what to look at. `reason` may name hosts.
  SourceUnavailable(const std::string& table, const std::string& advice, const std::string& reason)
      : std::runtime_error(table + ": " + reason + "; " + advice), for_everybody_(table + ": " + advice) {}
  // For whoever sees the run: without the reason.
  const std::string& for_everybody() const { return for_everybody_; }

 private:
  std::string for_everybody_;
};

inline constexpr const char* advice_on_object_storage =
    "object storage does not answer as it should; see that the account can be reached and that the credential may read "
    "there, then run it again";

// A hint: rows outside may be left out and may come all the same.
struct RowsWanted {
  std::optional<std::vector<std::string>> symbols;  // trimmed; unset: of all
  std::optional<Date> first;                        // unset: from the beginning
  Date last;
  int warmup_bars = 0;  // so many days with rows before `first` are wanted too
};

// Opens one part of a table. May be called again, and gives the same rows each time.
class PartReader {
 public:
  virtual ~PartReader() = default;
  virtual std::unique_ptr<Table> open(const TableFormat& format) const = 0;
  // What changes when the rows may have changed; unset where nothing tells.
  virtual std::optional<std::string> identity() const = 0;
  // No row is later; unset where nothing tells.
  virtual std::optional<Date> last_day() const { return std::nullopt; }
};

class TableSource {
 public:
  virtual ~TableSource() = default;
  // Not empty. Throws InvalidInput with the reason (absent, refused by the access check), or SourceUnavailable.
  virtual std::vector<TablePart> parts(const std::string& path, const RowsWanted& rows) const = 0;
  // Of tables that have versions: which one, and which files of it, parts() gave so far. Part of the fingerprint of
  // what was loaded. Empty where tables have none.
  virtual std::string versions_read() const { return {}; }
};

}  // namespace backtest
