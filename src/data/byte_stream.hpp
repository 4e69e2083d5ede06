// The bytes of a source from its start, plain or gunzipped.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "data/data_source.hpp"

namespace backtest {

class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // Fills the front of `buffer` and returns how much of it; 0 at the end. Throws InvalidInput on damage.
  virtual std::size_t read(std::span<char> buffer) = 0;
};

std::unique_ptr<ByteStream> plain_bytes(std::shared_ptr<const DataSource> source);
std::unique_ptr<ByteStream> gunzipped_bytes(
    std::shared_ptr<const DataSource> source);  // several members are read as one

}  // namespace backtest
