#include "dataset/dataset_description.hpp"

namespace backtest {

std::string suffix_of(DatasetFormat format) {
  switch (format) {
    case DatasetFormat::csv:
      return ".csv";
    case DatasetFormat::csv_gzip:
      return ".csv.gz";
    case DatasetFormat::parquet:
      return ".parquet";
  }
  return {};
}

DatasetFormat format_of(std::string_view first_bytes) {
  if (first_bytes.starts_with("PAR1")) return DatasetFormat::parquet;
  if (first_bytes.starts_with("\x1f\x8b")) return DatasetFormat::csv_gzip;
  return DatasetFormat::csv;
}

}  // namespace backtest
