// Which bar a row of signals or weights belongs to, also when its day has none (data.on_off_calendar).
#pragma once

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <set>
#include <span>
#include <string>

#include "base/date.hpp"
#include "base/diagnostic.hpp"
#include "data/panel_shape.hpp"

namespace backtest {

enum class OffCalendar {
  error,
  warn,      // such rows are left out
  next,      // they count on the first bar after their day
  previous,  // on the last bar before it, which looks ahead
};

class RowCalendar {
 public:
  // Bars before `first_bar` take no rows; neither do days outside start..end.
  RowCalendar(std::span<const Date> dates, std::size_t first_bar, Date start, Date end, OffCalendar rule);

  struct Place {
    std::uint32_t bar = not_read;
    bool is_moved = false;
    std::optional<std::string> refusal;  // what is wrong with the row
  };
  // Counts rows that are left out or moved.
  Place place(Date date, std::uint64_t line);
  // Of two rows that fall on one bar the one dated nearest to it counts, so that moved rows never replace its own.
  // How far a row is; to be compared within one bar.
  std::int32_t distance_days(Date date, std::uint32_t bar) const { return std::abs(dates_[bar].days - date.days); }
  OffCalendar rule() const { return rule_; }

  // Count, first place and remedy, where rows were left out or moved.
  std::optional<Diagnostic> warning(const std::string& path, const std::string& what) const;

 private:
  std::span<const Date> dates_;
  std::size_t first_bar_;
  Date start_;
  Date end_;
  OffCalendar rule_;
  struct Counted {
    std::uint64_t rows = 0;
    std::set<std::int32_t> days;
    std::uint64_t first_line = 0;
    Date first_date;
    void add(Date date, std::uint64_t line);
    std::string text(const std::string& what) const;
  };
  Counted left_out_;
  Counted moved_;
};

}  // namespace backtest
