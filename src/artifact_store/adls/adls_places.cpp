#include "artifact_store/adls/adls_places.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "artifact_store/adls/artifact_readers.hpp"
#include "base/diagnostic.hpp"
#include "base/log.hpp"
#include "base/sha256.hpp"
#include "object_storage/open_container.hpp"

namespace backtest {

namespace {

// A request of the API waits no longer; an upload is tried again above them.
constexpr RequestLimits request_limits{
    .attempt = std::chrono::milliseconds(15'000), .total = std::chrono::milliseconds(25'000), .attempts = 6};
constexpr const char* config_path = "output.adls_dir";
constexpr std::string_view notes_directory = ".places";

[[noreturn]] void refuse(std::string path, std::string message) {
  throw InvalidInput(Diagnostic{.path = std::move(path), .message = std::move(message)});
}

ArtifactCacheLimits cache_limits(const Settings& settings) {
  return {.bytes = static_cast<std::uint64_t>(settings.artifact_cache_mb) << 20,
          .min_free_bytes = static_cast<std::uint64_t>(settings.min_free_disk_mb) << 20};
}

}  // namespace

AdlsPlaces::AdlsPlaces(const Settings& settings, ArtifactStore& scratch)
    : settings_(settings),
      scratch_(scratch),
      cache_(settings.output_dir / ".artifact_cache", cache_limits(settings)),
      storage_(settings.storage),
      home_(&store_at(*settings.adls_runs_dir)) {}

// The container stands alone where it is the configured account's, as records always had it.
RunLocation AdlsPlaces::run_location(const ObjectLocation& place, std::string_view run_id) const {
  const bool is_usual = place.service == ObjectService::azure && place.account == settings_.storage.azure.front().name;
  return {.container = is_usual ? place.container : place.container_address(),
          .prefix = place.path + "/" + std::string(run_id)};
}

RunLocation AdlsPlaces::locate(std::string_view run_id, const std::optional<std::string>& adls_dir) {
  if (!adls_dir) return run_location(*settings_.adls_runs_dir, run_id);
  const auto place = parse_object_location(*adls_dir, settings_.storage);
  if (!place) refuse(config_path, place.error());
  if (const auto refusal = refusal_to_write(*place, settings_.storage)) refuse(config_path, *refusal);
  return run_location(*place, run_id);
}

ArtifactStore& AdlsPlaces::at(std::string_view run_id, const RunLocation& location) {
  const std::string ending = "/" + std::string(run_id);
  const std::string whole = location.container + "/" + location.prefix;
  if (!whole.ends_with(ending)) refuse("adls_prefix", "does not end in the run's id");
  auto place = parse_object_location(whole.substr(0, whole.size() - ending.size()), settings_.storage);
  if (!place) refuse("adls_container", place.error());
  if (const auto refusal = refusal_to_read(*place, settings_.storage)) refuse("adls_container", *refusal);
  return store_at(*place);
}

AdlsArtifactStore& AdlsPlaces::store_at(const ObjectLocation& place) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<AdlsArtifactStore>& store = stores_[place.text()];
  if (!store) {
    auto container = open_container(storage_, place, "BACKTEST_ARTIFACT_STORE=adls", request_limits);
    store = std::make_unique<AdlsArtifactStore>(std::move(container), place.path, scratch_, cache_);
  }
  return *store;
}

void AdlsPlaces::use_secrets(const Settings& fresh) {
  const std::lock_guard lock(mutex_);
  for (const auto& [text, store] : stores_) {
    reopen_container(store->container(), fresh.storage, *parse_object_location(text, settings_.storage),
                     request_limits);
  }
  storage_ = fresh.storage;
}

void AdlsPlaces::belong_to(const std::string& run_store) {
  const std::lock_guard lock(mutex_);
  run_store_ = run_store;
}

void AdlsPlaces::settle(ArtifactStore& place) {
  std::string text, run_store;
  {
    const std::lock_guard lock(mutex_);
    if (&place == home_ || settled_.contains(&place)) return;
    run_store = run_store_;
    text = std::ranges::find(stores_, &place, [](const auto& store) -> ArtifactStore* {
             return store.second.get();
           })->first;
  }
  place.check();  // makes a container that is missing
  reaching_storage([&] {
    const std::string note = home_->path() + "/" + std::string(notes_directory) + "/" + sha256_hex(text);
    (void)home_->container().create(note, text);
  });
  if (!place.owner()) place.set_owner(run_store);
  if (place.owner() != run_store) {
    refuse(config_path, "names a place (" + text + ") with the artifacts of another run store; name another one");
  }
  const std::lock_guard lock(mutex_);
  settled_.insert(&place);
}

std::vector<ArtifactStore*> AdlsPlaces::places() {
  std::vector<ArtifactStore*> found{home_};
  const std::string below = home_->path() + "/" + std::string(notes_directory) + "/";
  const auto notes = reaching_storage([&] { return home_->container().list(below); });
  for (const ObjectInfo& note : notes.objects) {
    const auto text = reaching_storage([&] { return home_->container().get(note.name); });
    if (!text) continue;
    const auto place = parse_object_location(text->bytes, settings_.storage);
    if (!place || refusal_to_write(*place, settings_.storage)) {
      log_warning("a place where runs wrote artifacts may not be used any more", {{"place", text->bytes}});
      continue;
    }
    found.push_back(&store_at(*place));
  }
  return found;
}

}  // namespace backtest
