// Covariance of return rows and what the Kelly sizer needs of it. Matrices are row-major, symmetric, columns x columns.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/model/policy.hpp"

namespace backtest {

// `values` has rows x columns cells, no NaN, rows >= 2. `degrees_lost` is the ddof of the sample estimate; ledoit_wolf
// shrinks the ddof-0 estimate towards the mean variance (Ledoit and Wolf 2004).
std::vector<double> covariance_of(Covariance kind, const std::vector<double>& values, std::size_t columns,
                                  int degrees_lost);

// pinv(matrix) * vector, singular values <= 1e-15 of the largest dropped (SZ-3).
std::vector<double> pseudo_inverse_product(const std::vector<double>& matrix, const std::vector<double>& vector);

}  // namespace backtest
