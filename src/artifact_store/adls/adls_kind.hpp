// The registration of the artifact store in object storage: BACKTEST_ARTIFACT_STORE=adls, at BACKTEST_ADLS_RUNS_DIR.
#pragma once

#include "artifact_store/artifact_store_kind.hpp"

namespace backtest {

ArtifactStoreKind adls_artifact_store_kind();

}  // namespace backtest
