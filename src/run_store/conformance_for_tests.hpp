// The suite that every RunStore passes (conformance*_test.cpp, stress_test.cpp) and how a backend joins it: its test
// file registers itself before main(),
//
//   const bool joined = register_run_store_backend({.name = "sqlite", .make = ..., .millisecond = ...});
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "run_store/run_store.hpp"

namespace backtest {

// An empty, open store of its own for one test.
class RunStoreUnderTest {
 public:
  virtual ~RunStoreUnderTest() = default;
  virtual RunStore& store() = 0;
  // A further connection to the same runs, as another process would have. The caller opens nothing.
  virtual std::unique_ptr<RunStore> another() = 0;
  // Lets the store's clock go on. A backend whose clock cannot be moved waits.
  virtual void advance(std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }
  // What contradicts itself inside the store: queued runs without a queue row, running ones without a lease, counts
  // that are not those of the rows. Empty = sound.
  virtual std::vector<std::string> contradictions() = 0;
};

struct RunStoreBackend {
  std::string name;
  std::function<std::unique_ptr<RunStoreUnderTest>()> make;
  // What the suite's milliseconds are in this store, and the leases of its stress, which really pass: a clock of whole
  // seconds needs longer ones.
  std::chrono::milliseconds millisecond{1};
  std::chrono::milliseconds stress_lease{300};
  int stress_rounds = 3;
  // Where leases are long, fewer runs and more workers at once: as many pauses, waited for together.
  int stress_runs = 150;
  int stress_workers = 8;
};

// How GoogleTest names it.
inline void PrintTo(const RunStoreBackend& backend, std::ostream* out) {
  *out << backend.name;
}

inline std::vector<RunStoreBackend>& run_store_backends() {
  static std::vector<RunStoreBackend> backends;
  return backends;
}
inline bool register_run_store_backend(RunStoreBackend backend) {
  run_store_backends().push_back(std::move(backend));
  return true;
}

}  // namespace backtest
