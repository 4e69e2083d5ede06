// Loaded panels as content-addressed files in a directory, mapped read-only, so that many runs over one data set load
// it once and share its memory. Several processes may use one directory: files are written aside and renamed, and a
// lock lets one process load what the others wait for.
#pragma once

#include <cstdint>
#include <filesystem>

#include "data/load.hpp"

namespace backtest {

inline constexpr std::uint64_t panel_cache_limit_bytes = std::uint64_t{8} << 30;

// As load_market_data(). The key is the request and the identity of every file that it names, each of which is opened
// (and so checked) first. Above `limit_bytes` in all, and while the disk has less than `min_free_bytes`, the files used
// longest ago are removed. A cache that cannot be read or written is passed by.
LoadedData load_market_data_cached(const LoadRequest& request, const std::filesystem::path& cache_directory,
                                   std::uint64_t limit_bytes = panel_cache_limit_bytes,
                                   std::uint64_t min_free_bytes = 0);

struct PanelCachePlace {
  std::filesystem::path directory;
  std::uint64_t limit_bytes = panel_cache_limit_bytes;
  std::uint64_t min_free_bytes = 0;
};

// Removes the files used longest ago until the place's limits hold; runs that use one keep its mapping. Does not throw.
void shrink_panel_cache(const PanelCachePlace& place);
// Of all its files; 0 where there is none.
std::uint64_t panel_cache_bytes(const std::filesystem::path& cache_directory);

}  // namespace backtest
