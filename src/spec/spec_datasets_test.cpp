#include "spec/spec_datasets.hpp"

#include <gtest/gtest.h>

namespace backtest {
namespace {

Spec spec_of(const std::string& data, const std::string& more = "") {
  return parse_spec("start_date: 2024-01-01\nend_date: 2024-12-31\nuniverse: {symbols: all}\ndata: {" + data +
                        "}\nstrategy: {class: StaticUniverseStrategy}\n" + more,
                    "c.yaml");
}

TEST(SpecDatasets, AreFoundUnderEveryPath) {
  const Spec spec = parse_spec(
      "start_date: 2024-01-01\nend_date: 2024-12-31\nuniverse: {symbols: all}\n"
      "data: {price_path: 'dataset:px', signal_path: 'dataset:sig@0123456789abcdef'}\n"
      "strategy: {class: TargetWeightsStrategy, parameters: {path: 'dataset:w'}}\n"
      "benchmark: {path: 'dataset:b'}\nmetrics: {risk_free: {path: 'dataset:rf'}}\n",
      "c.yaml");
  std::string found;
  for (const NamedDataset& named : datasets_of(spec)) found += named.key + "=" + named.dataset.text() + "\n";
  EXPECT_EQ(found,
            "data.price_path=dataset:px\ndata.signal_path=dataset:sig@0123456789abcdef\n"
            "strategy.parameters.path=dataset:w\nbenchmark.path=dataset:b\nmetrics.risk_free.path=dataset:rf\n");
}

TEST(SpecDatasets, AVersionIsPartOfTheConfig) {
  Spec spec = spec_of("price_path: 'dataset:px'", "benchmark: {path: bench.csv}\n");
  const std::string before = spec.config_sha256;
  set_dataset_versions(spec, [](const DatasetReference& dataset) {
    return DatasetReference{.name = dataset.name, .version = "0123456789abcdef"};
  });
  EXPECT_EQ(spec.data.price_path, "dataset:px@0123456789abcdef");
  EXPECT_EQ(spec.resolved.at("data").at("price_path"), "dataset:px@0123456789abcdef");
  EXPECT_EQ(spec.benchmark->path, "bench.csv");
  EXPECT_NE(spec.config_sha256, before);
  EXPECT_EQ(parse_spec(spec.resolved, {}).canonical, spec.canonical);
}

TEST(SpecDatasets, AreAllowedBesideEverySourceOfFiles) {
  for (const char* source : {"auto", "local", "ADLS", "s3"}) {
    EXPECT_EQ(datasets_of(spec_of("price_source: " + std::string(source) + ", price_path: 'dataset:px'")).size(), 1u);
  }
}

TEST(SpecDatasets, MalformedOnesAndVersionsOfDeltaTablesAreErrors) {
  for (const char* data : {"price_path: 'dataset:'", "price_path: 'dataset:{symbol}'", "price_path: 'dataset:px@1'",
                           "price_path: 'dataset:px', delta_version: 3",
                           "price_path: px.csv, signal_path: 'dataset:s', signal_delta_version: 3"}) {
    EXPECT_THROW(spec_of(data), InvalidInput) << data;
  }
}

}  // namespace
}  // namespace backtest
