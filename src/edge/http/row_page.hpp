// A page of rows of a CSV artifact (ART-2), read in one pass in blocks: memory is the page's, whatever the file's size.
#pragma once

#include <cstdint>
#include <string>

#include "artifact_store/artifact_store.hpp"

namespace backtest {

struct RowPage {
  std::string text;         // the header and rows `offset` .. `offset + limit`
  std::uint64_t total = 0;  // rows of the file, without its header
};

RowPage read_row_page(ArtifactReader& reader, std::uint64_t offset, std::uint64_t limit);

}  // namespace backtest
