// Eigen blocks its products by the cache sizes of the CPU, which moves the last bits of a sum: they are fixed here, so
// that results depend on no machine. Call it before any Eigen product. Included by .cpp files only.
#pragma once

#include <Eigen/Core>

namespace backtest {

inline void fix_cache_sizes() {
  static const bool fixed = [] {
    Eigen::setCpuCacheSizes(32 * 1024, 512 * 1024, 4 * 1024 * 1024);
    return true;
  }();
  static_cast<void>(fixed);
}

}  // namespace backtest
