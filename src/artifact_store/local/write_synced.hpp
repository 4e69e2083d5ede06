// Small files that must survive a loss of power.
#pragma once

#include <string>
#include <string_view>

namespace backtest {

// Writes `text` to the file `name` of an open directory, in place of what was there, and syncs the file; the directory
// is the caller's to sync. Follows no link. Throws std::system_error.
void write_synced(int directory, const std::string& name, std::string_view text);

}  // namespace backtest
