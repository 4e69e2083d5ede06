// Loaded market data as one file, mapped when it is read.
//
//   magic (8 bytes), length of the header (8), SHA-256 of the header in hex (64)
//   header: key, boot, fingerprint, warnings, dates, instruments, targets, and offset and length of each array
//   arrays, each at a multiple of 4096
//
// Numbers are little-endian. The header names the boot of the machine that wrote it: a file is not synced to the disk,
// so after a crash of the machine its pages may be missing, and it is not trusted.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "data/load.hpp"

namespace backtest {

// Into a new file, or from the start of an empty one that is open for writing. Throws std::system_error.
void write_panel_file(const std::filesystem::path& path, const std::string& key, const LoadedData& data);
void write_panel_file(int descriptor, const std::string& key, const LoadedData& data);
// The same into a file in memory: what was written is given back at once, so that the data are there once, not twice.
// `data` is the last that holds it.
void move_to_panel_file(int descriptor, const std::string& key, LoadedData data);

// nullopt where the file is not there, is damaged, or is not of this key and boot. The arrays lie in the mapping, which
// lives as long as the data, whatever becomes of the descriptor.
std::optional<LoadedData> read_panel_file(const std::filesystem::path& path, const std::string& key);
std::optional<LoadedData> read_panel_file(int descriptor, const std::string& key);

}  // namespace backtest
