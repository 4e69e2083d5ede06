// Files and directories opened below a directory's descriptor: no segment may be a symbolic link, and no path leaves
// the directory. openat2 where the kernel has it, else segment by segment.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace backtest {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int number() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

// An empty descriptor and errno where it cannot be opened. "." is the directory itself.
Descriptor open_file_beneath(int directory, const std::string& relative);
Descriptor open_directory_beneath(int directory, const std::string& relative);
// The same without openat2, for kernels that lack it.
Descriptor open_each_segment(int directory, const std::string& relative, int flags);

struct FoundFile {
  std::string name;  // relative, '/' between segments
  std::uint64_t size_bytes = 0;
  std::int64_t modified_at = 0;  // microseconds since 1970, UTC
  int directory = -1;            // open while the visitor runs
  std::string base_name;         // in `directory`
};

// Visits every regular file below, by name within each directory; links and special files are left out.
// `leave(directory)` follows after the last entry of each directory. Throws std::system_error.
void walk_files(int directory, const std::function<void(const FoundFile&)>& visit,
                const std::function<void(int directory)>& leave = {});

}  // namespace backtest
