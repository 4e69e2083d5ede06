#include "artifact_store/local/write_synced.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "artifact_store/local/beneath.hpp"

namespace backtest {

void write_synced(int directory, const std::string& name, std::string_view text) {
  const auto fail = [&](const char* what) {
    throw std::system_error(errno, std::generic_category(), what + (" " + name));
  };
  const Descriptor file(openat(directory, name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!file) fail("open");
  while (!text.empty()) {
    const ssize_t put = write(file.number(), text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail("write");
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  if (fsync(file.number()) != 0) fail("sync");
}

}  // namespace backtest
