#include "worker/dataset_places.hpp"

#include "artifact_store/artifact_store.hpp"
#include "base/diagnostic.hpp"
#include "dataset/dataset_catalog.hpp"
#include "spec/spec_datasets.hpp"

namespace backtest {

std::vector<DatasetPlace> dataset_places(const Spec& spec, const ArtifactPlaces& artifacts) {
  std::vector<DatasetPlace> places;
  const std::vector<NamedDataset> named = datasets_of(spec);
  if (named.empty()) return places;
  DatasetStore* store = artifacts.home().datasets();
  if (store == nullptr) {
    throw InvalidInput(Diagnostic{.path = named.front().key, .message = "this artifact store keeps no data sets"});
  }
  DatasetCatalog catalog(*store);
  for (const NamedDataset& wanted : named) {
    const SharedDataset version = catalog.find(wanted.dataset);
    if (!version) {
      throw InvalidInput(
          Diagnostic{.path = wanted.key, .message = "'" + wanted.dataset.text() + "' is no data set any more"});
    }
    places.push_back(
        {.path = wanted.dataset.text(), .place = store->place(version->content), .sha256 = version->sha256});
  }
  return places;
}

}  // namespace backtest
