#include "base/allowed_file.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>

namespace backtest {

namespace {

namespace fs = std::filesystem;

// The path below `root`, or nullopt where it is not below it ("." for root itself).
std::optional<fs::path> below(const fs::path& path, const fs::path& root) {
  const fs::path relative = path.lexically_relative(root);
  if (relative.empty() || *relative.begin() == "..") return std::nullopt;
  return relative;
}

fs::path resolved(const std::string& path) {
  std::error_code error;
  const fs::path absolute = absolute_path(path);
  fs::path canonical = fs::weakly_canonical(absolute, error);
  if (error) return {};
  return canonical.has_filename() ? canonical : canonical.parent_path();
}

int open_beneath(int root, const char* relative) {
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(syscall(SYS_openat2, root, relative, &how, sizeof how));
}

// Kernels or sandboxes without openat2: each segment by itself, none of them a link.
int open_each_segment(int root, const fs::path& relative) {
  int at = fcntl(root, F_DUPFD_CLOEXEC, 0);
  for (const fs::path& segment : relative) {
    if (at < 0) return -1;
    const int next = openat(at, segment.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    const int reason = errno;
    close(at);
    errno = reason;
    at = next;
  }
  return at;
}

int refuse(int descriptor, int reason) {
  if (descriptor >= 0) close(descriptor);
  errno = reason;
  return -1;
}

}  // namespace

std::string absolute_path(const std::string& path) {
  std::string expanded = path;
  const char* home = std::getenv("HOME");
  if (home != nullptr && (path == "~" || path.starts_with("~/"))) expanded = home + path.substr(1);
  std::error_code error;
  const fs::path absolute = fs::absolute(expanded, error);
  return error ? expanded : absolute.lexically_normal().string();
}

int open_allowed(const std::string& path, const std::vector<std::string>& allowed_dirs) {
  if (path.empty() || path.find('\0') != std::string::npos) return refuse(-1, EACCES);
  const fs::path target = resolved(path);
  for (const std::string& directory : allowed_dirs) {
    const fs::path root = resolved(directory);
    if (target.empty() || root.empty()) continue;
    const auto relative = below(target, root);
    if (!relative) continue;
    const int root_descriptor = open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root_descriptor < 0) return -1;
    int file = open_beneath(root_descriptor, relative->c_str());
    if (file < 0 && errno == ENOSYS) file = open_each_segment(root_descriptor, *relative);
    const int reason = errno;
    close(root_descriptor);
    if (file < 0) return refuse(-1, reason == ELOOP || reason == EXDEV ? EACCES : reason);
    struct stat status{};
    if (fstat(file, &status) != 0 || !(S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))) {
      return refuse(file, EACCES);
    }
    return file;
  }
  return refuse(-1, EACCES);
}

bool path_allowed(const std::string& path, const std::vector<std::string>& allowed_dirs) {
  if (path.empty() || path.find('\0') != std::string::npos) return false;
  const std::size_t brace = path.find('{');
  std::string fixed = path.substr(0, brace);
  // A template's last fixed segment is a part of a name ("px/day-{symbol}.csv"): judge the directory it is in.
  if (brace != std::string::npos)
    fixed.erase(fixed.find_last_of('/') == std::string::npos ? 0 : fixed.find_last_of('/') + 1);
  if (brace != std::string::npos && path.substr(brace).find("..") != std::string::npos) return false;
  const fs::path target = resolved(fixed.empty() ? "." : fixed);
  if (target.empty()) return false;
  for (const std::string& directory : allowed_dirs) {
    const fs::path root = resolved(directory);
    if (!root.empty() && below(target, root)) return true;
  }
  return false;
}

}  // namespace backtest
