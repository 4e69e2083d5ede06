// Returns by calendar period (ART-7), one row a year.
#include "report/artifacts.hpp"
#include "report/csv_file.hpp"

namespace backtest {

namespace {

// `header` ends with the year's own return; missing periods stay empty.
void write_table(const RunView& run, const char* name, Period period, std::initializer_list<std::string_view> header) {
  const std::size_t periods_a_year = header.size() - 2;
  const auto years = period_returns(run.result, run.prices, run.summary.initial_cash, Period::year);
  const auto parts = period_returns(run.result, run.prices, run.summary.initial_cash, period);
  CsvFile csv(run.directory / name, header);
  auto part = parts.begin();
  for (const PeriodReturn& year : years) {
    csv.integer(year.year);
    for (std::size_t number = 1; number <= periods_a_year; ++number) {
      const bool present = part != parts.end() && part->year == year.year && part->period == static_cast<int>(number);
      csv.number(present ? std::optional(part->value) : std::nullopt);
      if (present) ++part;
    }
    csv.number(year.value);
    csv.end_row();
  }
  csv.close();
}

void write_years(const RunView& run) {
  CsvFile csv(run.directory / "returns_yearly.csv", {"year", "return"});
  for (const PeriodReturn& year : period_returns(run.result, run.prices, run.summary.initial_cash, Period::year)) {
    csv.integer(year.year).number(year.value);
    csv.end_row();
  }
  csv.close();
}

}  // namespace

void write_period_returns(const RunView& run) {
  for (const char* name : {"returns_monthly.csv", "monthly_returns.csv"}) {
    write_table(run, name, Period::month,
                {"Year", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Yearly"});
  }
  write_table(run, "returns_quarterly.csv", Period::quarter, {"Year", "Q1", "Q2", "Q3", "Q4", "Yearly"});
  write_years(run);
}

void write_drawdowns(const RunView& run) {
  CsvFile csv(run.directory / "drawdowns.csv", {"start", "trough", "recovery", "depth"});
  for (const DrawdownPeriod& period : run.summary.drawdowns) {
    csv.date(period.start).date(period.trough);
    period.recovery ? csv.date(*period.recovery) : csv.text("");
    csv.number(period.depth);
    csv.end_row();
  }
  csv.close();
}

}  // namespace backtest
