// The suite that every ArtifactStore passes (conformance_test.cpp) and how a backend joins it: its test file registers
// itself before main(),
//
//   const bool joined = register_artifact_store_backend({"local", [] { return ...; }});
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "artifact_store/artifact_store.hpp"

namespace backtest {

// An empty store of its own for one test.
class ArtifactStoreUnderTest {
 public:
  virtual ~ArtifactStoreUnderTest() = default;
  virtual ArtifactStore& store() = 0;
  // Puts a result of the Python service: files directly below the run's directory.
  virtual void put_old_result(const std::string& run_id, const std::string& name, const std::string& bytes) = 0;
};

struct ArtifactStoreBackend {
  std::string name;
  std::function<std::unique_ptr<ArtifactStoreUnderTest>()> make;
};

// How GoogleTest names it.
inline void PrintTo(const ArtifactStoreBackend& backend, std::ostream* out) {
  *out << backend.name;
}

inline std::vector<ArtifactStoreBackend>& artifact_store_backends() {
  static std::vector<ArtifactStoreBackend> backends;
  return backends;
}
inline bool register_artifact_store_backend(ArtifactStoreBackend backend) {
  artifact_store_backends().push_back(std::move(backend));
  return true;
}

}  // namespace backtest
