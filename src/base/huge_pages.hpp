// Large buffers on 2 MB pages: the first touch of each small page is a fault, and a long run's record has 100,000s.
#pragma once

#include <cstddef>
#include <vector>

namespace backtest {

// Advice only: where the system declines it, nothing but time changes.
void advise_huge_pages(void* begin, std::size_t bytes);

template <typename T>
void reserve_on_huge_pages(std::vector<T>& rows, std::size_t count) {
  if (count <= rows.capacity()) return;
  // Advise before the rows move over, so that the copy already touches large pages.
  std::vector<T> larger;
  larger.reserve(count);
  advise_huge_pages(larger.data(), count * sizeof(T));
  larger.insert(larger.end(), rows.begin(), rows.end());
  rows.swap(larger);
}

}  // namespace backtest
