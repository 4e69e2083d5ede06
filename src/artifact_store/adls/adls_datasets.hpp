// Data sets in object storage, below <path>/.datasets (dataset_store.hpp). Uploads are written to this machine's disk
// first: what is described and refused there never was in object storage.
#pragma once

#include <memory>
#include <string>

#include "artifact_store/dataset_store.hpp"
#include "object_storage/object_storage.hpp"

namespace backtest {

class AdlsDatasets final : public DatasetStore {
 public:
  // `scratch` outlives this.
  AdlsDatasets(std::shared_ptr<ObjectContainer> container, const std::string& path, DatasetStore& scratch);

  std::unique_ptr<DatasetUpload> begin() override { return scratch_.begin(); }
  void keep(DatasetUpload& upload, const std::string& content) override;
  std::string place(const std::string& content) const override;
  std::vector<StoredContent> contents() override;
  bool copy(const std::string& content, const std::filesystem::path& to) override;
  void remove_content(const std::string& content) override;
  // In object storage nothing is there before it is whole; uploads wait on this machine.
  void remove_left_overs(std::chrono::seconds min_age) override { scratch_.remove_left_overs(min_age); }
  bool create_entry(const std::string& dataset, const std::string& version, const std::string& text) override;
  void put_entry(const std::string& dataset, const std::string& version, const std::string& text) override;
  std::optional<std::string> entry(const std::string& dataset, const std::string& version) override;
  std::vector<StoredEntry> entries(const std::string& dataset) override;
  bool remove_entry(const std::string& dataset, const std::string& version) override;

 private:
  std::string entry_name(const std::string& dataset, const std::string& version) const;

  const std::shared_ptr<ObjectContainer> container_;
  const std::string content_, entries_;  // directories, each with its '/'
  DatasetStore& scratch_;
};

}  // namespace backtest
