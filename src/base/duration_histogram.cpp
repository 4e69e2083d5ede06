#include "base/duration_histogram.hpp"

#include <algorithm>

#include "base/number_text.hpp"

namespace backtest {

void DurationHistogram::record(std::chrono::nanoseconds duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  const auto step = std::ranges::lower_bound(bounds_s_, seconds) - bounds_s_.begin();
  counts_[static_cast<std::size_t>(step)].fetch_add(1, std::memory_order_relaxed);
  sum_ns_.fetch_add(duration.count(), std::memory_order_relaxed);
}

void DurationHistogram::append_text(std::string& text, std::string_view name, std::string_view labels) const {
  const std::string metric(name);
  const std::string before = metric + "_bucket{" + std::string(labels) + (labels.empty() ? "" : ",") + "le=\"";
  const std::string of_all = labels.empty() ? " " : "{" + std::string(labels) + "} ";
  std::uint64_t within = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    within += counts_[i].load(std::memory_order_relaxed);
    text +=
        before + (i < bounds_s_.size() ? number_text(bounds_s_[i]) : "+Inf") + "\"} " + std::to_string(within) + "\n";
  }
  const double sum_s = static_cast<double>(sum_ns_.load(std::memory_order_relaxed)) / 1e9;
  text += metric + "_sum" + of_all + number_text(sum_s) + "\n";
  text += metric + "_count" + of_all + std::to_string(within) + "\n";
}

}  // namespace backtest
