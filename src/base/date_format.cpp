#include "base/date_format.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>

namespace backtest {

namespace {

constexpr std::string_view directives = "YymdbBaAjHMSfzTFpI%";
constexpr std::array<DateCount, 5> counts = {{{.name = "epoch_s", .units_per_second = 1},
                                              {.name = "epoch_ms", .units_per_second = 1e3},
                                              {.name = "epoch_us", .units_per_second = 1e6},
                                              {.name = "epoch_ns", .units_per_second = 1e9},
                                              {.name = "excel", .units_per_second = 0}}};

}  // namespace

const DateCount* date_count_named(std::string_view format) {
  const auto found = std::ranges::find(counts, format, &DateCount::name);
  return found == counts.end() ? nullptr : &*found;
}

std::optional<std::string> wrong_date_format(std::string_view format) {
  if (date_count_named(format) != nullptr) return std::nullopt;
  const auto has = [&format](std::initializer_list<char> any_of) {
    for (const char which : any_of) {
      if (format.contains(std::string{'%', which})) return true;
    }
    return false;
  };
  for (std::size_t at = format.find('%'); at != std::string_view::npos; at = format.find('%', at + 2)) {
    if (at + 1 < format.size() && directives.contains(format[at + 1])) continue;
    return "'" + std::string(format.substr(at, 2)) +
           "' is no directive; known are %Y %y %m %d %b %B %a %A %j %H %I %p %M %S %f %z";
  }
  const bool has_day = has({'F', 'j'}) || (has({'m', 'b', 'B'}) && has({'d'}));
  if (!has({'Y', 'y', 'F'}) || !has_day) {
    return "it says no year, month and day; an example is %d/%m/%Y, and counts are epoch_s, epoch_ms, epoch_us, "
           "epoch_ns "
           "and excel";
  }
  return std::nullopt;
}

}  // namespace backtest
