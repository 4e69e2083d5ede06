// The data sets of a service: names, each with versions that never change. Versions lie in the artifact store as
// entries (artifact_store/dataset_store.hpp), so they are there with every run store and on every replica.
//
// Any thread may call. Throws std::system_error where the store does not answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "artifact_store/dataset_store.hpp"
#include "base/dataset_reference.hpp"
#include "base/json.hpp"

namespace backtest {

struct DatasetVersion {
  std::string name, version;
  std::string sha256;
  std::string content;  // its name in the store
  std::uint64_t size_bytes = 0;
  std::string submitter;         // submitter_text() of who put it first
  std::int64_t uploaded_at = 0;  // microseconds since 1970, UTC: when it was put last
  // dataset_description.hpp. Of lists only its rows, symbols and dates: find() has the whole.
  json::object description;

  DatasetReference reference() const { return {.name = name, .version = version}; }
};

using SharedDataset = std::shared_ptr<const DatasetVersion>;
// Whether a caller may see a version.
using DatasetFilter = std::function<bool(const DatasetVersion&)>;

enum class DatasetPut {
  made,
  was_there,   // the same version: it is the one that was put last now
  name_taken,  // by versions that the caller may not change; nothing was changed
};

class DatasetCatalog {
 public:
  explicit DatasetCatalog(DatasetStore& store) : store_(store) {}

  DatasetStore& store() { return store_; }

  // By name, and of one name the version that was put last first; without what describes them.
  std::vector<SharedDataset> list();
  std::vector<SharedDataset> versions(const std::string& name);
  // Null where there is none. Without a version: the one that was put last, of those that the filter lets through.
  SharedDataset find(const DatasetReference& reference, const DatasetFilter& is_visible = {});
  // Content, then entry, on the condition that `may_change` holds for all versions of the name: of two who put a name
  // at once, at most one has it afterwards, also where they come to different replicas (there it may be neither, and
  // both hear that it is taken). Of the same version submitter and description stay, and `version` has them then.
  DatasetPut put(DatasetUpload& upload, DatasetVersion& version, const DatasetFilter& may_change);
  // The entry alone, where none has come there meanwhile; false where one has.
  bool put_back(const DatasetVersion& version);
  // The entry alone, in place of what was there.
  void put_entry(const DatasetVersion& version);
  // False where there was none.
  bool remove_entry(const DatasetVersion& version);
  // Where no entry names it any more, and unless it is younger than `min_age`: then somebody may be putting it under
  // another name, and gc collects it later.
  void remove_content(const DatasetVersion& version, std::chrono::seconds min_age);

 private:
  SharedDataset read(const StoredEntry& entry);
  bool is_taken(const std::string& name, const DatasetFilter& may_change);
  DatasetPut put_entry_if_free(DatasetVersion& version, const DatasetFilter& may_change);

  DatasetStore& store_;
  std::mutex putting_;  // held from the look at a name to its entry
  std::mutex mutex_;    // guards the next
  std::map<std::pair<std::string, std::string>, std::pair<std::string, SharedDataset>> known_;  // with its identity
};

// Contents that no entry names and that are at least that old, and what dying processes left beside them. A dry run
// counts and changes nothing.
struct CollectedDatasets {
  std::size_t contents = 0;
  std::uint64_t bytes = 0;
};
CollectedDatasets collect_datasets(DatasetStore& store, std::chrono::seconds min_age, bool is_dry_run);

std::string dataset_entry_text(const DatasetVersion& version);
// nullopt for what is no entry.
std::optional<DatasetVersion> parse_dataset_entry(std::string_view text);

}  // namespace backtest
