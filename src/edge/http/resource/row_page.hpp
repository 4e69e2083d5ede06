// Some rows of a CSV artifact (ART-2), read in one pass in blocks: memory is the chosen rows', whatever the file's
// size.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "artifact_store/artifact_store.hpp"

namespace backtest {

struct RowPage {
  std::string text;         // the header and the chosen rows
  std::uint64_t total = 0;  // rows of the file, without its header
};

// Whether a row, by its position from 0 and its text, is chosen. Asked once for each row, in order.
using RowChoice = std::function<bool(std::uint64_t row, std::string_view text)>;

// `header` sees the first line before any row is asked for.
RowPage read_rows(ArtifactReader& reader, const RowChoice& choice,
                  const std::function<void(std::string_view)>& header = {});

}  // namespace backtest
