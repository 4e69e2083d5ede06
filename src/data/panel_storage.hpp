// One block of memory for the arrays of a panel, mapped at once: touching fresh pages is what loading pays for most.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace backtest {

class PanelStorage {
 public:
  // Zeroed. Throws std::bad_alloc.
  explicit PanelStorage(std::size_t bytes);
  ~PanelStorage();
  PanelStorage(const PanelStorage&) = delete;
  PanelStorage& operator=(const PanelStorage&) = delete;

  // Cut off the block one after the other, each at a multiple of 64 bytes.
  std::span<double> doubles(std::size_t count);
  std::span<std::uint8_t> bytes(std::size_t count);

  static std::size_t bytes_for_doubles(std::size_t count) { return rounded(count * sizeof(double)); }
  static std::size_t bytes_for_bytes(std::size_t count) { return rounded(count); }

 private:
  static std::size_t rounded(std::size_t bytes) { return (bytes + 63) / 64 * 64; }
  std::byte* cut(std::size_t bytes);

  std::byte* begin_ = nullptr;
  std::size_t size_bytes_ = 0;
  std::size_t used_bytes_ = 0;
};

}  // namespace backtest
