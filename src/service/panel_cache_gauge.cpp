#include "service/panel_cache_gauge.hpp"

#include <chrono>
#include <utility>

#include "data/panel_cache.hpp"

namespace backtest {

namespace {

constexpr std::chrono::milliseconds look_every{5'000};

}  // namespace

PanelCacheGauge::PanelCacheGauge(std::filesystem::path directory)
    : directory_(std::move(directory)), work_([this] {
        bytes_.store(panel_cache_bytes(directory_));
        work_.want();
        return look_every;
      }) {
  work_.want();
}

}  // namespace backtest
