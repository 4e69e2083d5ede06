#include "artifact_store/adls/adls_kind.hpp"

#include <memory>

#include "artifact_store/adls/adls_places.hpp"
#include "artifact_store/adls/upload_run.hpp"

namespace backtest {

namespace {

void check(const Settings& settings, Role, bool is_chosen, SettingReader& reader) {
  if (is_chosen && !settings.adls_runs_dir) {
    reader.error("BACKTEST_ADLS_RUNS_DIR", "is required when BACKTEST_ARTIFACT_STORE is adls");
  }
}

std::unique_ptr<RemoteArtifacts> make(const Settings& settings, ArtifactStore& scratch) {
  return std::make_unique<AdlsPlaces>(settings, scratch);
}

}  // namespace

ArtifactStoreKind adls_artifact_store_kind() {
  return {.choice = {.name = "adls", .other_names = {"blob"}, .reads_adls_runs_dir = true, .check = check},
          .make_remote = make,
          .prepare_upload = prepare_upload};
}

}  // namespace backtest
