#include "artifact_store/local/local_kind.hpp"

#include <filesystem>
#include <memory>
#include <system_error>

#include "artifact_store/local/local_artifact_store.hpp"
#include "base/diagnostic.hpp"

namespace backtest {

namespace {

std::unique_ptr<ArtifactStore> make(const Settings& settings) {
  std::error_code failure;
  std::filesystem::create_directories(settings.output_dir, failure);  // SET-1
  if (failure) {
    throw InvalidInput(Diagnostic{.path = "BACKTEST_OUTPUT_DIR",
                                  .message = "names a directory that cannot be created: " + failure.message()});
  }
  return make_local_artifact_store(settings.output_dir, static_cast<std::uint64_t>(settings.min_free_disk_mb) << 20);
}

}  // namespace

ArtifactStoreKind local_artifact_store_kind() {
  return {.choice = {.name = "local"}, .make = make};
}

}  // namespace backtest
