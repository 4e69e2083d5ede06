// A table artifact, read row by row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "artifact_store/artifact_store.hpp"

namespace backtest {

class ArtifactTable {
 public:
  virtual ~ArtifactTable() = default;
  // Reads the next row; what text() gave before is gone. False at the end. Throws std::runtime_error for a broken file.
  virtual bool next() = 0;
  // Of the row, by the column's place in the list that the table was opened with. A column that the file lacks is
  // missing in each row.
  virtual std::string_view text(std::size_t column) = 0;  // a date as YYYY-MM-DD; empty where missing
  virtual double number(std::size_t column) = 0;          // NaN where missing
};

// Opens the artifact at a range of its bytes.
using OpenArtifact = std::function<std::unique_ptr<ArtifactReader>(const ByteRange&)>;

std::unique_ptr<ArtifactTable> open_parquet_table_artifact(OpenArtifact open,
                                                           const std::vector<std::string_view>& columns);
std::unique_ptr<ArtifactTable> open_csv_table_artifact(const OpenArtifact& open,
                                                       const std::vector<std::string_view>& columns);

// What reading one of them takes at most.
constexpr std::uint64_t table_reader_bytes = 6u << 20;

}  // namespace backtest
