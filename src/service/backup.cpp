#include "service/backup.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

#include "artifact_store/manifest.hpp"
#include "base/diagnostic.hpp"
#include "base/json.hpp"
#include "base/json_field.hpp"
#include "base/sha256.hpp"
#include "base/strict_json.hpp"
#include "base/utc_time.hpp"
#include "service/dataset_backup.hpp"
#include "service/ownership.hpp"

namespace backtest {

namespace {

namespace fs = std::filesystem;

constexpr const char* contents_name = "backup.json";
constexpr std::int64_t backup_format = 1;

struct BackedUpRun {
  std::string prefix, manifest_sha256;  // both empty for results of the Python service
};
using BackedUpRuns = std::map<std::string, BackedUpRun>;

[[noreturn]] void refuse(const std::string& what, const std::string& why) {
  throw InvalidInput(Diagnostic{.path = what, .message = why});
}

fs::path files_of(const fs::path& directory, const std::string& run_id) {
  return directory / "artifacts" / run_id;
}

ArtifactStore& store_of(const ArtifactPlaces& artifacts, const RunRecord& record) {
  return artifacts.of({record.run_id, record.adls_container, record.adls_prefix});
}

BackedUpRun artifacts_of(const RunRecord& record) {
  if (!record.artifacts) return {};
  return {record.artifacts->prefix, record.artifacts->manifest_sha256};
}

void for_each_completed(RunStore& runs, const std::function<void(const RunRecord&)>& visit) {
  std::optional<ListCursor> after;
  do {
    const ListPage page = runs.list({.state = RunState::completed, .text = "", .completed_before = {}}, after, 200);
    for (const RunRecord& run : page.runs) visit(run);
    after = page.next;
  } while (after);
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string sha256_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  Sha256 hash;
  std::string buffer(1u << 18, '\0');
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || file.gcount() > 0) {
    hash.update(std::string_view(buffer).substr(0, static_cast<std::size_t>(file.gcount())));
  }
  if (!file.eof()) throw std::runtime_error("cannot read " + path.string());
  return hash.hex();
}

// What is wrong with a run's files in the backup, or nullopt. Results of the Python service have no manifest to ask.
std::optional<std::string> difference(const fs::path& files, const std::string& run_id, const BackedUpRun& run) {
  if (run.prefix.empty()) return std::nullopt;
  const fs::path manifest_path = files / manifest_name;
  if (!fs::exists(manifest_path)) return std::string(manifest_name) + " is missing";
  const std::string text = text_of(manifest_path);
  if (sha256_hex(text) != run.manifest_sha256) return "the manifest is not the one that the run's record names";
  std::vector<StoredFile> stored;
  for (const auto& entry : fs::recursive_directory_iterator(files)) {
    if (!entry.is_regular_file()) continue;
    const std::string name = entry.path().lexically_relative(files).generic_string();
    stored.push_back({name, entry.file_size(), name == manifest_name ? "" : sha256_of(entry.path())});
  }
  const ArtifactManifest manifest = parse_manifest(text);
  if (manifest.run_id != run_id) return "the manifest is that of run " + manifest.run_id;
  return difference_from_manifest(manifest, std::move(stored));
}

void copy_artifact(ArtifactReader& reader, const fs::path& target) {
  fs::create_directories(target.parent_path());
  std::ofstream file(target, std::ios::binary);
  std::string buffer(1u << 18, '\0');
  while (const std::size_t got = reader.read(buffer.data(), buffer.size())) {
    file.write(buffer.data(), static_cast<std::streamsize>(got));
  }
  file.close();
  if (!file) throw std::runtime_error("cannot write " + target.string());
}

std::uint64_t copy_run(ArtifactStore& artifacts, const std::string& run_id, const std::string& prefix,
                       const fs::path& files) {
  std::uint64_t bytes = 0;
  fs::create_directories(files);
  for (const ArtifactInfo& info : artifacts.list(run_id, prefix)) {
    const auto reader = artifacts.open(run_id, prefix, info.name, {});
    if (!reader) throw std::runtime_error(run_id + ": " + info.name + " went away while it was copied");
    copy_artifact(**reader, files / info.name);
    bytes += info.size_bytes;
  }
  return bytes;
}

// Everything of a backup is durable before what says that it is whole.
void sync_below(const fs::path& directory) {
  const int opened = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const int result = opened < 0 ? -1 : syncfs(opened);
  if (opened >= 0) close(opened);
  if (result != 0) throw std::runtime_error("the backup could not be made durable: " + directory.string());
}

void write_contents(const fs::path& directory, const std::string& store, const std::string& identity,
                    const BackedUpRuns& runs) {
  json::object listed;
  for (const auto& [run_id, run] : runs) {
    listed[run_id] = {{"prefix", run.prefix}, {"manifest_sha256", run.manifest_sha256}};
  }
  json::object contents{{"format", backup_format},
                        {"run_store", store},
                        {"identity", identity},
                        {"made_at", utc_text(utc_now())},
                        {"runs", std::move(listed)}};
  std::ofstream file(directory / contents_name, std::ios::binary);
  file << json_text(contents, JsonLayout::indented);
  file.close();
  if (!file) throw std::runtime_error("cannot write " + (directory / contents_name).string());
}

BackedUpRuns read_contents(const fs::path& directory, const std::string& store, std::string& identity) {
  const std::string name = (directory / contents_name).string();
  if (!fs::exists(directory / contents_name)) refuse(name, "is missing: this is no backup, or one that did not end");
  const auto value = parse_strict_json(text_of(directory / contents_name));
  const json::object* contents = value && value->is_object() ? &value->get_object() : nullptr;
  const json::value* runs = contents ? contents->if_contains("runs") : nullptr;
  if (runs == nullptr || !runs->is_object()) refuse(name, "is not what `backtest backup` writes");
  if (text_field(*contents, "run_store") != store) {
    refuse("BACKTEST_RUN_STORE_MODE",
           "must be " + text_field(*contents, "run_store") + ", the run store of the backup");
  }
  identity = text_field(*contents, "identity");
  BackedUpRuns found;
  for (const auto& [run_id, run] : runs->get_object()) {
    const json::object& place = run.as_object();
    found[std::string(run_id)] = {text_field(place, "prefix"), text_field(place, "manifest_sha256")};
  }
  return found;
}

}  // namespace

BackupResult back_up(const StoreKinds& kinds, const Settings& settings, const fs::path& directory) {
  const RunStoreKind& kind = kinds.run_store(settings);
  if (!kind.back_up) refuse("BACKTEST_RUN_STORE_MODE", "names a store that cannot be backed up by this command");
  if (fs::exists(directory)) refuse(directory.string(), "is there already; name a directory that is not");
  const ProcessStores stores(kinds, settings);
  if (stores.run_store.exists && !stores.run_store.exists()) refuse(kind.place, "names a run store that is not there");
  RunStore& runs = *stores.run_store.runs;
  runs.open();
  const std::string identity = stores.run_store.identity();
  require_ownership(stores.artifacts, identity);
  fs::create_directories(directory / "store");
  kind.back_up(settings, directory / "store");

  BackupResult result;
  BackedUpRuns copied;
  for_each_completed(runs, [&](const RunRecord& record) {
    const BackedUpRun place = artifacts_of(record);
    const fs::path files = files_of(directory, record.run_id);
    try {
      result.bytes += copy_run(store_of(stores.artifacts, record), record.run_id, place.prefix, files);
      const auto wrong = difference(files, record.run_id, place);
      if (wrong) throw std::runtime_error(*wrong);
      copied[record.run_id] = place;
      ++result.runs;
    } catch (const std::runtime_error& error) {
      // Retention or a user may have removed it since the store was copied.
      fs::remove_all(files);
      if (runs.get(record.run_id)) result.problems.push_back(record.run_id + ": " + error.what());
    }
  });
  const BackedUpDatasets datasets = back_up_datasets(stores.artifacts.home(), directory);
  result.datasets = datasets.versions;
  result.bytes += datasets.bytes;
  result.problems.insert(result.problems.end(), datasets.problems.begin(), datasets.problems.end());
  sync_below(directory);
  if (result.problems.empty()) write_contents(directory, settings.run_store, identity, copied);
  sync_below(directory);
  return result;
}

BackupResult restore(const StoreKinds& kinds, const Settings& settings, const fs::path& directory) {
  const RunStoreKind& kind = kinds.run_store(settings);
  if (!kind.restore) refuse("BACKTEST_RUN_STORE_MODE", "names a store that cannot be restored by this command");
  std::string identity;
  const BackedUpRuns backed_up = read_contents(directory, settings.run_store, identity);
  const ProcessStores stores(kinds, settings);
  const ArtifactPlaces& artifacts = stores.artifacts;
  artifacts.check();
  if (artifacts.home().owner() || !artifacts.home().run_ids().empty()) {
    refuse(artifacts.remote() ? "BACKTEST_ADLS_RUNS_DIR" : "BACKTEST_OUTPUT_DIR", "holds artifacts already");
  }

  BackupResult result;
  for (const auto& [run_id, run] : backed_up) {
    const auto wrong = difference(files_of(directory, run_id), run_id, run);
    if (wrong) result.problems.push_back(run_id + ": " + *wrong);
  }
  const std::vector<std::string> of_datasets = dataset_problems(directory);
  result.problems.insert(result.problems.end(), of_datasets.begin(), of_datasets.end());
  if (!result.problems.empty()) return result;

  kind.restore(settings, directory / "store");
  RunStore& runs = *stores.run_store.runs;
  runs.open();
  if (stores.run_store.identity() != identity)
    throw std::runtime_error("the restored run store is not the backed up one");
  for_each_completed(runs, [&](const RunRecord& record) {
    if (!backed_up.contains(record.run_id)) {
      result.removed_meanwhile.push_back(record.run_id);
      return;
    }
    ArtifactStore& place = store_of(artifacts, record);
    place.put_back(record.run_id, artifacts_of(record).prefix, files_of(directory, record.run_id));
    for (const ArtifactInfo& info : place.list(record.run_id, artifacts_of(record).prefix))
      result.bytes += info.size_bytes;
    ++result.runs;
  });
  for (const std::string& run_id : result.removed_meanwhile) runs.remove(run_id).value();
  const BackedUpDatasets datasets = restore_datasets(artifacts.home(), directory);
  result.datasets = datasets.versions;
  result.bytes += datasets.bytes;
  artifacts.home().set_owner(identity);
  return result;
}

}  // namespace backtest
