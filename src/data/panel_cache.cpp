#include "data/panel_cache.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/random_id.hpp"
#include "base/sha256.hpp"
#include "data/panel_file.hpp"
#include "data/request_parts.hpp"

namespace backtest {

namespace {

namespace fs = std::filesystem;

// Another build may read the same files otherwise.
std::string identity_of_this_program() {
  struct stat info{};
  if (stat("/proc/self/exe", &info) != 0) return "unknown";
  return std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino) + ":" + std::to_string(info.st_size) + ":" +
         std::to_string(info.st_mtim.tv_sec) + "." + std::to_string(info.st_mtim.tv_nsec);
}

void hash_names(Sha256& hash, const std::vector<std::string>& names) {
  hash.update_framed(std::to_string(names.size()));
  for (const std::string& name : names) hash.update_framed(name);
}

void hash_optional(Sha256& hash, const std::optional<std::string>& text) {
  hash.update_framed(text ? "=" + *text : "");
}

void hash_format(Sha256& hash, const TableFormat& format) {
  hash.update_framed(std::to_string(format.columns.size()));
  for (const auto& [name, column] : format.columns) {
    hash.update_framed(name);
    hash.update_framed(column);
  }
  hash.update_framed(std::string{format.delimiter, format.numbers.decimal, format.numbers.thousands});
  hash.update_framed(format.numbers.currency);
  hash.update_framed(format.date_format);
  hash.update_framed(format.timezone);
}

void hash_request(Sha256& hash, const LoadRequest& request) {
  hash.update_framed(request.price_path);
  hash_optional(hash, request.signal_path);
  for (const int value : {int{request.wide}, int{request.all_symbols}, request.start_date.days, request.end_date.days,
                          request.warmup_bars, request.max_gap_bars, int{request.gap_is_error},
                          int{request.last_duplicate_wins}, static_cast<int>(request.fill_policy)}) {
    hash.update_framed(std::to_string(value));
  }
  hash_optional(hash, request.signal_name);
  hash_optional(hash, request.on_off_calendar
                          ? std::optional(std::to_string(static_cast<int>(*request.on_off_calendar)))
                          : std::nullopt);
  hash_format(hash, request.format);
  hash_names(hash, request.symbols);
  hash_names(hash, request.required_price_columns);
  hash_names(hash, request.extra_price_columns);
  hash_names(hash, request.signal_columns);
  hash_names(hash, request.target_paths);
  hash_optional(hash, request.benchmark_symbol);
  hash_optional(hash, request.benchmark_path);
  hash_optional(hash, request.risk_free_symbol);
  hash_optional(hash, request.risk_free_path);
  for (const bool flag : {request.benchmark_holds_returns, request.risk_free_holds_yields}) {
    hash.update_framed(flag ? "1" : "0");
  }
}

// Opens every file of the request: a hit owes the caller's checks as much as a miss.
// Unset where nothing tells whether a part has changed.
std::optional<std::string> cache_key(const LoadRequest& request) {
  Sha256 hash;
  hash.update_framed(identity_of_this_program());
  hash_request(hash, request);
  bool is_known = true;
  const auto add = [&](const TablePart& part) {
    const std::optional<std::string> identity = identity_of_part(*request.sources, part);
    hash.update_framed(part.path);
    hash.update_framed(identity.value_or(""));
    is_known = is_known && identity.has_value();
  };
  const auto add_all = [&](const std::vector<TablePart>& parts) {
    hash.update_framed(std::to_string(parts.size()));
    for (const TablePart& part : parts) add(part);
  };
  add_all(price_parts(request));
  if (request.signal_path) add_all(signal_parts(request));
  for (const std::string& path : request.target_paths) add_all(other_parts(request, path));
  if (request.benchmark_path) add_all(other_parts(request, *request.benchmark_path));
  if (request.risk_free_path) add_all(other_parts(request, *request.risk_free_path));
  if (request.risk_free_symbol) add_all(reference_parts(request, *request.risk_free_symbol, std::nullopt));
  return is_known ? std::optional(hash.hex()) : std::nullopt;
}

// Held until the end of the scope; the kernel drops it when the process dies.
class FileLock {
 public:
  explicit FileLock(const fs::path& path) : descriptor_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), path.string());
    while (flock(descriptor_, LOCK_EX) != 0) {
      if (errno != EINTR) break;  // without locks a panel may be loaded twice, and no more
    }
  }
  ~FileLock() { close(descriptor_); }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int descriptor_;
};

struct CachedFile {
  fs::file_time_type used;
  std::uintmax_t size_bytes;
  fs::path path;
};

std::vector<CachedFile> panels_in(const fs::path& directory) {
  std::vector<CachedFile> files;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    std::error_code gone;
    const auto used = entry->last_write_time(gone);
    const auto size_bytes = gone ? 0 : entry->file_size(gone);
    if (gone) continue;
    const bool is_left_over =
        entry->path().extension() == ".part" && used < fs::file_time_type::clock::now() - std::chrono::hours(1);
    if (is_left_over) fs::remove(entry->path(), gone);
    if (entry->path().extension() == ".panel") files.push_back({used, size_bytes, entry->path()});
  }
  return files;
}

bool is_disk_short(const PanelCachePlace& place) {
  if (place.min_free_bytes == 0) return false;
  std::error_code error;
  const fs::space_info space = fs::space(place.directory, error);
  return !error && space.available < place.min_free_bytes;
}

// A file in use stays mapped in those who use it. The newest goes last.
void make_room(const PanelCachePlace& place, const fs::path& newest) {
  std::vector<CachedFile> files = panels_in(place.directory);
  std::uint64_t total_bytes = 0;
  for (const CachedFile& file : files) total_bytes += file.size_bytes;
  std::ranges::sort(files, {}, [&](const CachedFile& file) { return std::pair(file.path == newest, file.used); });
  for (const CachedFile& file : files) {
    if (total_bytes <= place.limit_bytes && !is_disk_short(place)) return;
    std::error_code gone;
    fs::remove(file.path, gone);
    total_bytes -= file.size_bytes;
  }
}

void keep(const PanelCachePlace& place, const fs::path& panel, const std::string& key, const LoadedData& data) {
  make_room(place, panel);
  if (is_disk_short(place)) return;
  const fs::path part = place.directory / (random_hex(16) + ".part");
  try {
    write_panel_file(part, key, data);
    if (fs::file_size(part) <= place.limit_bytes) {
      fs::rename(part, panel);
      make_room(place, panel);
      return;
    }
  } catch (const std::system_error& error) {
    log_warning("the panel cache was passed by", {{"directory", place.directory.string()}, {"reason", error.what()}});
  }
  std::error_code ignored;
  fs::remove(part, ignored);
}

}  // namespace

LoadedData load_market_data_cached(const LoadRequest& request, const fs::path& cache_directory,
                                   std::uint64_t limit_bytes, std::uint64_t min_free_bytes) {
  const std::optional<std::string> found_key = cache_key(request);
  if (!found_key) return load_market_data(request);
  const std::string& key = *found_key;
  const fs::path panel = cache_directory / (key + ".panel");
  const auto cached = [&]() -> std::optional<LoadedData> {
    std::optional<LoadedData> data = read_panel_file(panel, key);
    std::error_code ignored;
    if (data) fs::last_write_time(panel, fs::file_time_type::clock::now(), ignored);
    return data;
  };
  if (auto data = cached()) return *std::move(data);
  std::optional<FileLock> lock;
  try {
    fs::create_directory(cache_directory);  // not what it lies in: that may be away for a moment
    // One of 256 locks, by key: the files of locks need no clearing away.
    lock.emplace(cache_directory / ("lock-" + key.substr(0, 2)));
  } catch (const std::system_error& error) {
    log_warning("the panel cache was passed by", {{"directory", cache_directory.string()}, {"reason", error.what()}});
    return load_market_data(request);
  }
  if (auto data = cached()) return *std::move(data);
  LoadedData data = load_market_data(request);
  keep({cache_directory, limit_bytes, min_free_bytes}, panel, key, data);
  // The mapping shares its memory with the runs that follow; the loaded copy does not.
  if (auto mapped = cached()) return *std::move(mapped);
  return data;
}

void shrink_panel_cache(const PanelCachePlace& place) {
  make_room(place, {});
}

std::uint64_t panel_cache_bytes(const fs::path& cache_directory) {
  std::uint64_t bytes = 0;
  for (const CachedFile& file : panels_in(cache_directory)) bytes += file.size_bytes;
  return bytes;
}

}  // namespace backtest
