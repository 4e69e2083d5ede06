// Bytes that all requests and answers together may hold. Who takes more memory than a few kilobytes takes it from here
// first, and refuses the request where there is none: so that many clients are answered with 503 and not with the end
// of the process. What is given back has gone back to the system, too: else the allocator would keep it
// for whom freed it, and the next would take as much again.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <utility>

namespace backtest {

class MemoryBudget {
 public:
  explicit MemoryBudget(std::uint64_t bytes) : bytes_(bytes) {}

  bool try_take(std::uint64_t bytes);
  // Waits for others to give back. What is more than the whole budget is let through when nobody else holds anything.
  bool take_within(std::uint64_t bytes, std::chrono::milliseconds patience);
  // Of what has been freed.
  void give_back(std::uint64_t bytes);
  std::uint64_t taken() const;
  std::uint64_t size() const { return bytes_; }

 private:
  bool fits(std::uint64_t bytes) const;  // with mutex_ held

  const std::uint64_t bytes_;
  mutable std::mutex mutex_;
  std::condition_variable given_back_;
  std::uint64_t taken_ = 0;
  std::uint64_t freed_ = 0;  // since the allocator was last told to let go of what is free
};

// What one request or answer has taken; gives it back when it goes.
class MemoryShare {
 public:
  MemoryShare() = default;
  explicit MemoryShare(MemoryBudget& budget) : budget_(&budget) {}
  MemoryShare(MemoryShare&& other) noexcept
      : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  MemoryShare& operator=(MemoryShare&& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  MemoryShare(const MemoryShare&) = delete;
  MemoryShare& operator=(const MemoryShare&) = delete;
  ~MemoryShare() {
    if (budget_ != nullptr && bytes_ > 0) budget_->give_back(bytes_);
  }

  // False where the budget has no room; the share is then as it was.
  bool add(std::uint64_t bytes);
  bool add_within(std::uint64_t bytes, std::chrono::milliseconds patience);
  std::uint64_t bytes() const { return bytes_; }

 private:
  MemoryBudget* budget_ = nullptr;
  std::uint64_t bytes_ = 0;
};

}  // namespace backtest
