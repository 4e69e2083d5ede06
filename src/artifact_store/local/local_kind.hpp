// The registration of the local artifact store: BACKTEST_ARTIFACT_STORE=local, below BACKTEST_OUTPUT_DIR.
#pragma once

#include "artifact_store/artifact_store_kind.hpp"

namespace backtest {

ArtifactStoreKind local_artifact_store_kind();

}  // namespace backtest
