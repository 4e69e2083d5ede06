// The records that this process has read or written, each with the ETag of its object: what is known need not be read
// again to be listed, counted or changed. A change names the ETag, so a record that is no longer the latest costs a
// request and never a wrong write.
//
// Any thread may call.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "run_store/adls/run_document.hpp"
#include "run_store/run_store.hpp"

namespace backtest::adls {

struct KnownRun {
  std::string etag;
  RunDocument document;  // with the config texts only where they are kept
  bool has_configs = false;
  std::chrono::steady_clock::time_point seen;  // when its object was asked for or written
};
using KnownRunPtr = std::shared_ptr<const KnownRun>;

enum class Configs {
  kept,     // of a run that this process may soon change: held here, or just submitted
  dropped,  // large, and of no use to lists
};

class KnownRuns {
 public:
  // Keeps whichever is newer, this or what is known, and returns this. Config texts of runs that are over, and of more
  // than a few hundred queued ones, are dropped in any case.
  KnownRunPtr put(std::string etag, RunDocument document, Configs configs, std::chrono::steady_clock::time_point seen);
  KnownRunPtr find(std::string_view run_id) const;
  void forget(std::string_view run_id);
  // Of a listing of all records that was asked for at `asked_at`: what it does not name, and was not seen later, is
  // gone.
  void keep_only(const std::vector<std::string>& sorted_run_ids, std::chrono::steady_clock::time_point asked_at);

  // Latest submission first, from the one after `after`, until `visit` answers false.
  void visit(const std::optional<ListCursor>& after, const std::function<bool(const KnownRun&)>& visit) const;

  std::vector<std::string> first_queued(std::int64_t at_most) const;  // RunStore::first_queued()

  // In no order that means anything.
  void visit_all(const std::function<void(const KnownRunPtr&)>& visit) const;

 private:
  struct Later {
    bool operator()(const ListCursor& a, const ListCursor& b) const {
      return a.submitted_at != b.submitted_at ? a.submitted_at > b.submitted_at : a.run_id > b.run_id;
    }
  };
  // The queue by lanes, each the queued runs of one priority and submitter in order.
  struct QueueKey {
    int rank = 0;  // the lower, the sooner
    std::string submitter;
    StoreTime submitted_at = 0;
    std::string run_id;
    friend auto operator<=>(const QueueKey&, const QueueKey&) = default;
  };
  static QueueKey queue_key(const RunRecord& record);
  void erase(std::unordered_map<std::string, KnownRunPtr>::iterator run);

  mutable std::mutex mutex_;
  std::unordered_map<std::string, KnownRunPtr> runs_;
  std::map<ListCursor, KnownRunPtr, Later> listed_;
  std::set<QueueKey> queued_;
  std::size_t with_configs_ = 0;
};

}  // namespace backtest::adls
