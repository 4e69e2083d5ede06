// A kind of artifact store as a build registers it (main.cpp): its settings, and how one is made from them. A new kind
// is a folder below artifact_store/ that defines one of these, and a line in main.cpp.
//
// The first kind is of this machine; every process has that store, because attempts write there first. Any other may be
// remote and stand beside it.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "artifact_store/artifact_places.hpp"
#include "artifact_store/artifact_store.hpp"
#include "settings/store_choices.hpp"

namespace backtest {

// A finished run on its way to where its config wants it.
class RunUpload {
 public:
  virtual ~RunUpload() = default;
  virtual std::string place() const = 0;  // for people
  // A directory with a complete result, its manifest among the files. Throws UploadFailed; nobody then finds the run.
  virtual void upload(const std::filesystem::path& directory) = 0;
};

struct ArtifactStoreKind {
  StoreChoice choice;
  // Each throws InvalidInput naming the setting that cannot be used. The settings and `scratch`, where attempts write,
  // outlive what is made. Exactly one of the two is set.
  std::function<std::unique_ptr<ArtifactStore>(const Settings&)> make;
  std::function<std::unique_ptr<RemoteArtifacts>(const Settings&, ArtifactStore& scratch)> make_remote;
  // For `backtest run`, where the config names a place; before the run, so that what is wrong with the place is said
  // then (InvalidInput, UploadFailed). Unset: the store knows no places.
  std::function<std::unique_ptr<RunUpload>(const Settings&, const std::string& adls_dir, const std::string& run_id)>
      prepare_upload;
};

}  // namespace backtest
