#include "data/panel_storage.hpp"

#include <sys/mman.h>

#include <new>

#include "base/assertion.hpp"

namespace backtest {

PanelStorage::PanelStorage(std::size_t bytes) : size_bytes_(rounded(bytes) + 64) {
  void* const block = mmap(nullptr, size_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED) throw std::bad_alloc();
  begin_ = static_cast<std::byte*>(block);
  madvise(begin_, size_bytes_, MADV_HUGEPAGE);  // a hint: fewer, larger pages to touch
}

PanelStorage::~PanelStorage() {
  munmap(begin_, size_bytes_);
}

std::byte* PanelStorage::cut(std::size_t bytes) {
  BACKTEST_ASSERT(used_bytes_ + rounded(bytes) <= size_bytes_, "the storage was sized for these arrays");
  std::byte* const at = begin_ + used_bytes_;
  used_bytes_ += rounded(bytes);
  return at;
}

std::span<double> PanelStorage::doubles(std::size_t count) {
  return {reinterpret_cast<double*>(cut(count * sizeof(double))), count};
}

std::span<std::uint8_t> PanelStorage::bytes(std::size_t count) {
  return {reinterpret_cast<std::uint8_t*>(cut(count)), count};
}

}  // namespace backtest
