#include "base/run_heap.hpp"

#include <malloc.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <limits>

#include "base/huge_pages.hpp"

namespace backtest {

void use_run_heap() {
  constexpr int first_size = 64 << 20;  // address space: memory only where it is used
  constexpr int growth = 16 << 20;
  constexpr int largest_shared = 32 << 20;  // the most that the C library allows; what is larger is mapped by itself
  setenv("ARROW_DEFAULT_MEMORY_POOL", "system", 0);
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, largest_shared);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_TOP_PAD, first_size);
  char* const before = static_cast<char*>(sbrk(0));
  void* volatile block = std::malloc(std::size_t{1} << 20);  // volatile: a pair of calls that is left out grows nothing
  std::free(block);
  const std::ptrdiff_t grown = static_cast<char*>(sbrk(0)) - before;
  if (grown > 0) advise_huge_pages(before, static_cast<std::size_t>(grown));
  mallopt(M_TOP_PAD, growth);
}

}  // namespace backtest
