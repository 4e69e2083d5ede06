#include "artifact_store/adls/adls_artifact_store.hpp"

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "artifact_store/adls/adls_attempt.hpp"
#include "artifact_store/adls/published_manifest.hpp"
#include "artifact_store/adls/upload_files.hpp"
#include "artifact_store/attempt_prefix.hpp"
#include "base/log.hpp"
#include "base/random_id.hpp"
#include "base/run_id.hpp"
#include "base/sha256.hpp"

namespace backtest {

namespace {

constexpr std::string_view owner_object = ".run_store";
constexpr std::string_view condemned_directory = ".condemned";
constexpr std::string_view probe_object = ".writable";
// Up to this size an artifact is fetched whole before any of it is given out: then its hash is known, and what reads
// it in many ranges asks the service once. A larger one is streamed, unless a part of it is wanted, which has no hash.
constexpr std::uint64_t fetched_whole_bytes = std::uint64_t{32} << 20;
constexpr std::size_t manifests_kept = 256;
// Readiness asks every second; the service is asked less often while it answers.
constexpr std::chrono::seconds look_every{5}, write_every{60};

std::string joined(std::string_view first, std::string_view second) {
  return std::string(first) + "/" + std::string(second);
}

[[noreturn]] void refuse_place(std::string_view run_id, std::string_view prefix) {
  throw std::runtime_error("no place for artifacts: " + joined(run_id, prefix));
}

}  // namespace

AdlsArtifactStore::AdlsArtifactStore(std::shared_ptr<ObjectContainer> container, std::string path,
                                     ArtifactStore& scratch, ArtifactCache& cache)
    : container_(std::move(container)),
      path_(std::move(path)),
      scratch_(scratch),
      cache_(cache),
      datasets_(scratch.datasets() != nullptr ? std::make_unique<AdlsDatasets>(container_, path_, *scratch.datasets())
                                              : nullptr) {}

std::string AdlsArtifactStore::directory_of(std::string_view run_id, std::string_view prefix) const {
  const std::string directory = joined(path_, run_id);
  return prefix.empty() ? directory : joined(directory, prefix);
}

void AdlsArtifactStore::check() {
  const std::lock_guard lock(looking_);
  const auto now = std::chrono::steady_clock::now();
  if (!std::exchange(is_container_made_, true)) {
    try {
      container_->create_container();
    } catch (const StorageUnavailable& error) {
      log_warning("the container of artifacts could not be created; it may be there already",
                  {{"container", container_->address()}, {"reason", error.what()}});
    }
  }
  if (now - looked_at_ < look_every) return;
  const std::string probe = joined(path_, probe_object);
  const bool is_write_due = now - written_at_ >= write_every;
  reaching_storage([&] {
    if (is_write_due) {
      container_->put(probe, "");
    } else {
      (void)container_->head(probe);
    }
  });
  if (is_write_due) written_at_ = now;
  looked_at_ = now;
}

std::optional<std::string> AdlsArtifactStore::owner() {
  const auto object = reaching_storage([&] { return container_->get(joined(path_, owner_object)); });
  if (!object) return std::nullopt;
  return object->bytes.substr(0, object->bytes.find('\n'));
}

void AdlsArtifactStore::set_owner(const std::string& identity) {
  // Where another caller was first, its identity stays.
  reaching_storage([&] { (void)container_->create(joined(path_, owner_object), identity + "\n"); });
}

std::unique_ptr<AttemptArtifacts> AdlsArtifactStore::begin(std::string_view run_id, std::int64_t epoch,
                                                           std::string_view token) {
  auto local = scratch_.begin(run_id, epoch, token);  // refuses names that are none
  return std::make_unique<AdlsAttempt>(std::move(local), container_, directory_of(run_id), attempt_prefix(epoch, token),
                                       cache_);
}

std::shared_ptr<const SealedManifest> AdlsArtifactStore::sealed_manifest(const std::string& directory) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = manifests_.find(directory); known != manifests_.end()) return known->second;
  }
  auto object = reaching_storage([&] { return container_->get(joined(directory, manifest_name)); });
  if (!object) return nullptr;
  auto sealed = std::make_shared<SealedManifest>();
  try {
    sealed->manifest = parse_manifest(object->bytes);
  } catch (const std::runtime_error& error) {
    log_warning("a manifest cannot be read", {{"object", joined(directory, manifest_name)}, {"reason", error.what()}});
  }
  sealed->text = std::move(object->bytes);
  const std::lock_guard lock(mutex_);
  if (manifests_.size() >= manifests_kept) manifests_.erase(manifests_.begin());
  manifests_[directory] = sealed;
  return sealed;
}

std::optional<StoredObject> AdlsArtifactStore::stored(const std::string& name) {
  const auto info = reaching_storage([&] { return container_->head(name); });
  if (!info) return std::nullopt;
  return StoredObject{.container = container_, .name = name, .etag = info->etag, .size_bytes = info->size_bytes};
}

AdlsArtifactStore::Opened AdlsArtifactStore::open(std::string_view run_id, std::string_view prefix,
                                                  std::string_view name, const ByteRange& range) {
  if (!valid_artifact_name(name)) return std::unexpected(ArtifactError::bad_name);
  if (!valid_run_id(run_id)) return std::unexpected(ArtifactError::not_found);
  if (!prefix.empty()) {
    if (!valid_attempt_prefix(prefix)) return std::unexpected(ArtifactError::not_found);
    return open_sealed(directory_of(run_id, prefix), name, range);
  }
  // A result of the Python service: what attempts left below the same directory is nobody's result.
  if (name.substr(0, name.find('/')) == attempts_directory) return std::unexpected(ArtifactError::not_found);
  const std::string object = joined(directory_of(run_id), name);
  if (name == manifest_name && is_ours_at(object)) return std::unexpected(ArtifactError::not_found);
  return open_unsealed(object, range);
}

// Nothing says which hash it should have.
AdlsArtifactStore::Opened AdlsArtifactStore::open_unsealed(const std::string& object, const ByteRange& range) {
  auto found = stored(object);
  if (!found) return std::unexpected(ArtifactError::not_found);
  return read_object(std::move(*found), range, "", nullptr);
}

AdlsArtifactStore::Opened AdlsArtifactStore::open_sealed(const std::string& directory, std::string_view name,
                                                         const ByteRange& range) {
  const auto sealed = sealed_manifest(directory);
  if (!sealed) return std::unexpected(ArtifactError::not_found);
  if (name == manifest_name) return read_memory(sealed->text, range);
  if (!sealed->manifest) return open_unsealed(joined(directory, name), range);
  const ManifestFile* file = sealed->manifest->find(name);
  if (file == nullptr) return std::unexpected(ArtifactError::not_found);
  const std::uint64_t size = file->size_bytes;
  if (auto cached = cache_.find(file->sha256, size)) return read_cached(std::move(cached), size, range);

  auto object = stored(joined(directory, name));
  if (!object) {
    forget_below(directory);
    return std::unexpected(ArtifactError::not_found);
  }
  if (object->size_bytes != size) {
    throw std::system_error(EIO, std::generic_category(), object->name + " has another size than its manifest says");
  }
  const bool is_whole = range.begin == 0 && range.end.value_or(size) >= size;
  if (!is_whole || size <= fetched_whole_bytes) {
    if (auto cached = fetch(*object, file->sha256)) return read_cached(std::move(cached), size, range);
  }
  return read_object(std::move(*object), range, file->sha256, is_whole ? cache_.begin(file->sha256, size) : nullptr);
}

// Into the cache; null where that has no room.
std::shared_ptr<CachedFile> AdlsArtifactStore::fetch(const StoredObject& object, const std::string& sha256) {
  const auto alone = cache_.lock_of(sha256);
  if (auto cached = cache_.find(sha256, object.size_bytes)) return cached;
  auto fill = cache_.begin(sha256, object.size_bytes);
  if (!fill) return nullptr;
  const auto reader = read_object(object, {}, sha256, std::move(fill));
  std::vector<char> buffer(std::size_t{1} << 18);
  while (reader->read(buffer.data(), buffer.size()) > 0) {
  }
  return cache_.find(sha256, object.size_bytes);
}

bool AdlsArtifactStore::is_ours_at(const std::string& name) {
  const auto object = reaching_storage([&] { return container_->get(name); });
  return object && is_run_manifest(object->bytes);
}

std::vector<ArtifactInfo> AdlsArtifactStore::list(std::string_view run_id, std::string_view prefix) {
  std::vector<ArtifactInfo> infos;
  if (!valid_run_id(run_id) || (!prefix.empty() && !valid_attempt_prefix(prefix))) return infos;
  const std::string directory = directory_of(run_id, prefix);
  const auto listing = reaching_storage([&] { return container_->list(directory + "/"); });
  const auto sealed = prefix.empty() || listing.objects.empty() ? nullptr : sealed_manifest(directory);
  for (const ObjectInfo& object : listing.objects) {
    const std::string name = object.name.substr(directory.size() + 1);
    if (!valid_artifact_name(name)) continue;
    if (prefix.empty() && name.substr(0, name.find('/')) == attempts_directory) continue;
    if (prefix.empty() && name == manifest_name && is_ours_at(object.name)) continue;
    const ManifestFile* named = sealed && sealed->manifest ? sealed->manifest->find(name) : nullptr;
    infos.push_back({name, object.size_bytes, named ? named->sha256 : "", object.modified_at});
  }
  std::ranges::sort(infos, {}, &ArtifactInfo::name);
  return infos;
}

void AdlsArtifactStore::put_back(std::string_view run_id, std::string_view prefix, const std::filesystem::path& from) {
  if (!valid_run_id(run_id) || (!prefix.empty() && !valid_attempt_prefix(prefix))) refuse_place(run_id, prefix);
  const std::string directory = directory_of(run_id, prefix);
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(from)) {
    const std::string name = entry.path().lexically_relative(from).generic_string();
    if (entry.is_regular_file() && name != manifest_name) names.push_back(name);
  }
  upload_files(*container_, from, names, directory);
  if (!std::filesystem::exists(from / manifest_name)) return;
  upload_files(*container_, from, {std::string(manifest_name)}, directory);
  if (prefix.empty()) return;
  try {
    const auto sealed = sealed_manifest(directory);
    const std::string name = joined(directory_of(run_id), manifest_name);
    // One that cannot be read is put back as it was, and there is nothing to say of it to other readers.
    if (sealed && sealed->manifest) {
      publish_run_manifest(*container_, name, run_manifest(sealed->text, prefix), prefix);
    }
  } catch (const StorageUnavailable& error) {
    throw UploadFailed(error.what());
  }
}

void AdlsArtifactStore::condemn_run(std::string_view run_id) {
  if (!valid_run_id(run_id)) return;
  reaching_storage([&] { container_->put(joined(joined(path_, condemned_directory), run_id), ""); });
}

void AdlsArtifactStore::spare_run(std::string_view run_id) {
  if (!valid_run_id(run_id)) return;
  reaching_storage([&] { container_->remove(joined(joined(path_, condemned_directory), run_id)); });
}

std::vector<std::string> AdlsArtifactStore::condemned_runs() {
  const std::string directory = joined(path_, condemned_directory) + "/";
  std::vector<std::string> ids;
  for (const ObjectInfo& note : reaching_storage([&] { return container_->list(directory); }).objects) {
    std::string id = note.name.substr(directory.size());
    if (valid_run_id(id)) ids.push_back(std::move(id));
  }
  return ids;
}

void AdlsArtifactStore::remove_run(std::string_view run_id) {
  if (!valid_run_id(run_id)) return;
  remove_below(directory_of(run_id));
  spare_run(run_id);
}

std::vector<AttemptInfo> AdlsArtifactStore::attempts(std::string_view run_id) {
  std::vector<AttemptInfo> found;
  if (!valid_run_id(run_id)) return found;
  const std::string run = directory_of(run_id) + "/";
  const std::string below = run + std::string(attempts_directory) + "/";
  for (const ObjectInfo& object : reaching_storage([&] { return container_->list(below); }).objects) {
    const std::string prefix = object.name.substr(run.size(), object.name.find('/', below.size()) - run.size());
    if (!valid_attempt_prefix(prefix)) continue;
    if (found.empty() || found.back().prefix != prefix) found.push_back({prefix, 0});
    found.back().modified_at = std::max(found.back().modified_at, object.modified_at);
  }
  std::ranges::sort(found, {}, &AttemptInfo::prefix);
  return found;
}

void AdlsArtifactStore::remove_attempt(std::string_view run_id, std::string_view prefix) {
  if (!valid_run_id(run_id) || !valid_attempt_prefix(prefix)) return;
  reaching_storage([&] { retract_run_manifest(*container_, joined(directory_of(run_id), manifest_name), prefix); });
  remove_below(directory_of(run_id, prefix));
}

std::vector<std::string> AdlsArtifactStore::run_ids() {
  std::vector<std::string> ids;
  for (const std::string& directory :
       reaching_storage([&] { return container_->list_directory(path_ + "/"); }).prefixes) {
    std::string id = directory.substr(path_.size() + 1, directory.size() - path_.size() - 2);
    if (valid_run_id(id)) ids.push_back(std::move(id));
  }
  std::ranges::sort(ids);
  return ids;
}

// The manifest first: what has lost files is not sealed.
void AdlsArtifactStore::remove_below(const std::string& directory) {
  forget_below(directory);
  reaching_storage([&] {
    std::vector<ObjectInfo> objects = container_->list(directory + "/").objects;
    std::ranges::partition(objects, [](const ObjectInfo& object) { return object.name.ends_with(manifest_name); });
    for (const ObjectInfo& object : objects) container_->remove(object.name);
  });
}

void AdlsArtifactStore::forget_below(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  std::erase_if(manifests_, [&](const auto& known) {
    return known.first == directory || known.first.starts_with(directory + "/");
  });
}

}  // namespace backtest
