// Statistics of one bar's values across instruments. Sums run in the given order; NaN never goes in.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace backtest {

double mean_of(std::span<const double> values);                // 0 for none
double standard_deviation_of(std::span<const double> values);  // ddof 0; 0 for none
// (x - mean) / std0, all 0 where std0 is not above rounding.
void to_zscores(std::span<double> values);
// (x - min) / (max - min), all 0 where flat.
void to_unit_range(std::span<double> values);

// 1-based ranks, the smallest value first; ties share their mean rank (NUM-13).
void to_average_ranks(std::span<double> values, std::vector<std::size_t>& order);
void to_rank_percentiles(std::span<double> values, std::vector<std::size_t>& order);  // average rank / count
void to_dense_ranks(std::span<double> values, std::vector<std::size_t>& order);       // 1, 2, 3 without gaps

// NUM-5; `ascending` is sorted and not empty.
double quantile_of(std::span<const double> ascending, double q);

}  // namespace backtest
