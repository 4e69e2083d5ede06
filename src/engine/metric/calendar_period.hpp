// Where calendar periods end, so that loops over bars look at the calendar once a period.
#pragma once

#include "base/date.hpp"
#include "engine/metric/summary.hpp"

namespace backtest {

// The first day after the week, month, quarter or year that `date` lies in.
Date next_period(Date date, Period period);

}  // namespace backtest
