// The upload of a run that `backtest run` has made (ART-18).
#pragma once

#include <memory>
#include <string>

#include "artifact_store/artifact_store_kind.hpp"
#include "settings/settings.hpp"

namespace backtest {

// Before the run: what is wrong with the place is said before anything is computed. Throws InvalidInput or
// UploadFailed.
std::unique_ptr<RunUpload> prepare_upload(const Settings& settings, const std::string& adls_dir,
                                          const std::string& run_id);

}  // namespace backtest
