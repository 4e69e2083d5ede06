#include "edge/http/message/memory_budget.hpp"

#include <malloc.h>

namespace backtest {

namespace {

// Trees of JSON and YAML are small blocks: freed, they lie in the arenas, which shrink only at their ends.
constexpr std::uint64_t most_freed_and_kept = 16 << 20;

}  // namespace

bool MemoryBudget::fits(std::uint64_t bytes) const {
  return bytes <= bytes_ && taken_ <= bytes_ - bytes;
}

bool MemoryBudget::try_take(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  if (!fits(bytes)) return false;
  taken_ += bytes;
  return true;
}

bool MemoryBudget::take_within(std::uint64_t bytes, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  const bool is_free =
      given_back_.wait_for(lock, patience, [&] { return fits(bytes) || (bytes > bytes_ && taken_ == 0); });
  if (!is_free) return false;
  taken_ += bytes;
  return true;
}

void MemoryBudget::give_back(std::uint64_t bytes) {
  bool is_much = false;
  {
    const std::lock_guard lock(mutex_);
    freed_ += bytes;
    is_much = freed_ >= most_freed_and_kept;
    if (is_much) freed_ = 0;
  }
  // Before others may take it.
  if (is_much) malloc_trim(0);
  {
    const std::lock_guard lock(mutex_);
    taken_ -= bytes;
  }
  given_back_.notify_all();
}

std::uint64_t MemoryBudget::taken() const {
  const std::lock_guard lock(mutex_);
  return taken_;
}

bool MemoryShare::add(std::uint64_t bytes) {
  if (budget_ == nullptr) return true;
  if (!budget_->try_take(bytes)) return false;
  bytes_ += bytes;
  return true;
}

bool MemoryShare::add_within(std::uint64_t bytes, std::chrono::milliseconds patience) {
  if (budget_ == nullptr) return true;
  if (!budget_->take_within(bytes, patience)) return false;
  bytes_ += bytes;
  return true;
}

}  // namespace backtest
