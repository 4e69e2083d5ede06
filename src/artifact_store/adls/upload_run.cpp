#include "artifact_store/adls/upload_run.hpp"

#include <fstream>
#include <iterator>
#include <utility>

#include "artifact_store/adls/published_manifest.hpp"
#include "artifact_store/adls/seal_directory.hpp"
#include "artifact_store/attempt_prefix.hpp"
#include "base/diagnostic.hpp"
#include "base/log.hpp"
#include "base/random_id.hpp"
#include "object_storage/open_container.hpp"
#include "settings/object_location.hpp"

namespace backtest {

namespace {

[[noreturn]] void refuse(std::string message) {
  throw InvalidInput(Diagnostic{.path = "output.adls_dir", .message = std::move(message)});
}

class AdlsUpload final : public RunUpload {
 public:
  AdlsUpload(std::shared_ptr<ObjectContainer> container, std::string run_directory)
      : container_(std::move(container)), run_directory_(std::move(run_directory)) {}

  std::string place() const override { return container_->address() + "/" + run_directory_; }

  // Only where no run of this id stands, as in the local directory.
  void require_absence() {
    if (container_->head(manifest_path())) refuse("holds a run of this id already: choose another --run-id");
  }

  void upload(const std::filesystem::path& directory) override {
    std::ifstream file(directory / manifest_name, std::ios::binary);
    const std::string manifest{std::istreambuf_iterator<char>(file), {}};
    const std::string prefix = attempt_prefix(1, random_hex(32));
    const UploadedManifest uploaded = seal_directory(*container_, directory, manifest, run_directory_, prefix);
    try {
      if (publish_first_run_manifest(*container_, manifest_path(), run_manifest(uploaded.text, prefix))) return;
    } catch (const StorageUnavailable& error) {
      throw UploadFailed(error.what());
    }
    throw UploadFailed("another run of this id was uploaded to " + place() + " meanwhile");
  }

 private:
  std::string manifest_path() const { return run_directory_ + "/" + std::string(manifest_name); }

  const std::shared_ptr<ObjectContainer> container_;
  const std::string run_directory_;
};

}  // namespace

std::unique_ptr<RunUpload> prepare_upload(const Settings& settings, const std::string& adls_dir,
                                          const std::string& run_id) {
  const auto place = parse_object_location(adls_dir, settings.storage);
  if (!place) refuse(place.error());
  if (const auto refusal = refusal_to_write(*place, settings.storage)) refuse(*refusal);
  auto container = open_container(settings.storage, *place, "output.adls_dir");
  auto upload = std::make_unique<AdlsUpload>(container, place->path + "/" + run_id);
  try {
    container->create_container();
  } catch (const StorageUnavailable& error) {
    log_warning("the container could not be created; it may be there already",
                {{"container", container->address()}, {"reason", error.what()}});
  }
  try {
    upload->require_absence();
  } catch (const StorageUnavailable& error) {
    throw UploadFailed(error.what());
  }
  return upload;
}

}  // namespace backtest
