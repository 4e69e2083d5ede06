#include "artifact_store/local/beneath.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string_view>
#include <system_error>
#include <vector>

namespace backtest {

namespace {

constexpr int deepest_directory = 32;
constexpr std::int64_t microseconds_per_second = 1'000'000;

Descriptor open_beneath(int directory, const std::string& relative, int flags) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  Descriptor opened(static_cast<int>(syscall(SYS_openat2, directory, relative.c_str(), &how, sizeof how)));
  // EPERM: sandboxes that do not know the call.
  if (!opened && (errno == ENOSYS || errno == EPERM)) return open_each_segment(directory, relative, flags);
  return opened;
}

struct CloseDirectory {
  void operator()(DIR* stream) const { closedir(stream); }
};

std::vector<std::string> sorted_entries(int directory) {
  // A descriptor of its own: a directory stream owns the one that it reads from.
  const int own = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, CloseDirectory> stream(own < 0 ? nullptr : fdopendir(own));
  if (!stream) throw std::system_error(errno, std::generic_category(), "read a directory");
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) throw std::system_error(errno, std::generic_category(), "read a directory");
  std::ranges::sort(names);
  return names;
}

void walk(int directory, const std::string& prefix, int depth, const std::function<void(const FoundFile&)>& visit,
          const std::function<void(int)>& leave) {
  if (depth > deepest_directory) throw std::system_error(ELOOP, std::generic_category(), "walk artifacts");
  for (const std::string& name : sorted_entries(directory)) {
    struct stat status{};
    if (fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;  // removed meanwhile
      throw std::system_error(errno, std::generic_category(), name);
    }
    if (S_ISDIR(status.st_mode)) {
      const Descriptor below = open_directory_beneath(directory, name);
      if (below) walk(below.number(), prefix + name + "/", depth + 1, visit, leave);
    } else if (S_ISREG(status.st_mode)) {
      const std::int64_t at = status.st_mtim.tv_sec * microseconds_per_second + status.st_mtim.tv_nsec / 1000;
      visit({prefix + name, static_cast<std::uint64_t>(status.st_size), at, directory, name});
    }
  }
  if (leave) leave(directory);
}

}  // namespace

Descriptor::~Descriptor() {
  const int reason = errno;
  if (number_ >= 0) close(number_);
  errno = reason;
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

Descriptor open_each_segment(int directory, const std::string& relative, int flags) {
  Descriptor at(fcntl(directory, F_DUPFD_CLOEXEC, 0));
  std::string_view rest = relative;
  while (at && !rest.empty()) {
    const std::size_t slash = rest.find('/');
    const std::string segment(rest.substr(0, slash));
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
    if (segment.empty() || segment == "..") {
      errno = EXDEV;
      return {};
    }
    const int how = rest.empty() ? flags : O_PATH | O_DIRECTORY | O_CLOEXEC;
    at = Descriptor(openat(at.number(), segment.c_str(), how | O_NOFOLLOW));
  }
  return at;
}

Descriptor open_file_beneath(int directory, const std::string& relative) {
  // NONBLOCK: opening a pipe must not wait for its writer.
  return open_beneath(directory, relative, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

Descriptor open_directory_beneath(int directory, const std::string& relative) {
  return open_beneath(directory, relative, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

void walk_files(int directory, const std::function<void(const FoundFile&)>& visit,
                const std::function<void(int)>& leave) {
  walk(directory, "", 0, visit, leave);
}

}  // namespace backtest
