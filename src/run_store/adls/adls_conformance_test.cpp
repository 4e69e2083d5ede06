#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <set>

#include "object_storage/azurite_for_tests.hpp"
#include "run_store/adls/adls_run_store.hpp"
#include "run_store/adls/idempotency_key.hpp"
#include "run_store/adls/run_document.hpp"
#include "run_store/conformance_for_tests.hpp"

namespace backtest {
namespace {

constexpr const char* prefix = "results/of runs";

// The service's clock plus an offset that the tests move: no test of the suite waits for a lease to expire.
class AdlsUnderTest final : public RunStoreUnderTest {
 public:
  AdlsUnderTest() : container_(Azurite::shared().create_container()), store_(another()) {}

  RunStore& store() override { return *store_; }

  std::unique_ptr<RunStore> another() override {
    auto store = std::make_unique<AdlsRunStore>(container_, prefix,
                                                AdlsRunStoreOptions{.clock_shift = [this] { return offset_.load(); },
                                                                    .audit_every = std::chrono::milliseconds(0)});
    store->open();
    return store;
  }

  void advance(std::chrono::milliseconds time) override { offset_ += std::chrono::microseconds(time).count(); }

  std::vector<std::string> contradictions() override {
    std::vector<std::string> found;
    const adls::ObjectNames names(prefix);
    std::map<std::string, adls::RunDocument> runs;
    for (const ObjectInfo& object : container_->list(names.records()).objects) {
      const auto run_id = names.run_id_of(object.name);
      const auto bytes = container_->get(object.name);
      auto document = run_id && bytes ? adls::parse_document(*run_id, bytes->bytes) : std::nullopt;
      if (!document || document->removed_at) {
        found.push_back("no record of a run: " + object.name);
      } else {
        runs.emplace(*run_id, std::move(*document));
      }
    }
    std::set<std::string> marked;
    for (const ObjectInfo& object : container_->list(names.open_runs()).objects) {
      const auto marker = names.marker_of(object);
      if (marker && runs.contains(marker->run_id)) marked.insert(object.name);
    }
    std::set<std::string> keys;
    for (const auto& [run_id, document] : runs) {
      const bool is_marked = marked.contains(names.marker(document.record));
      if (!document.is_over() && !is_marked) found.push_back("not over, and without a marker: " + run_id);
      if (!document.key_name.empty()) keys.insert(document.key_name);
    }
    for (const std::string& key : keys) {
      if (!container_->get(key)) found.push_back("a run without its key: " + key);
    }
    return found;
  }

 private:
  const std::shared_ptr<ObjectContainer> container_;
  std::atomic<StoreTime> offset_{0};
  std::unique_ptr<RunStore> store_;
};

// A Date tells whole seconds: what is a millisecond to the suite is a second here, and the leases of its stress are the
// shortest that this store takes.
const bool joined = register_run_store_backend({.name = "adls",
                                                .make = [] { return std::make_unique<AdlsUnderTest>(); },
                                                .millisecond = std::chrono::seconds(1),
                                                .stress_lease = shortest_adls_lease,
                                                .stress_rounds = 1,
                                                .stress_runs = 60,
                                                .stress_workers = 16});

}  // namespace
}  // namespace backtest
