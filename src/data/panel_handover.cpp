#include "data/panel_handover.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "base/diagnostic.hpp"
#include "data/panel_file.hpp"

namespace backtest {

namespace {

constexpr const char* handover_key = "handover";  // the panel file's key: its content is told by the descriptor alone
constexpr int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

}  // namespace

int hand_over(LoadedData data) {
  const int descriptor = memfd_create("panel", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "a file in memory for a panel");
  try {
    move_to_panel_file(descriptor, handover_key, std::move(data));
    if (fcntl(descriptor, F_ADD_SEALS, seals) == 0) return descriptor;
    throw std::system_error(errno, std::generic_category(), "sealing a panel");
  } catch (...) {
    close(descriptor);
    throw;
  }
}

LoadedData take_over(int descriptor) {
  // Without the seals the writer could still shorten the file under this process's feet.
  std::optional<LoadedData> data;
  if (fcntl(descriptor, F_GET_SEALS) == seals) data = read_panel_file(descriptor, handover_key);
  if (!data) throw InvalidInput(Diagnostic{.message = "the descriptor holds no panel that was handed over"});
  return *std::move(data);
}

}  // namespace backtest
