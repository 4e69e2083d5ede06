// The columns of a record, as every statement of the store returns them.
#pragma once

#include <string>

#include "postgres/connection.hpp"
#include "run_store/run_record.hpp"

namespace backtest {

// Of backtest.runs r left join backtest.run_leases l: without the config texts.
const std::string& run_columns();
inline constexpr int run_column_count = 33;
// Of backtest.runs r alone, for `returning`.
const std::string& returned_columns();
RunRecord record_of(const PostgresRows& rows, int row, int first_column = 0);

// Microseconds since 1970 of a timestamptz expression, and back.
std::string micros_of(const std::string& expression);
std::string time_of(const std::string& parameter);
bool is_lease_token(std::string_view text);

}  // namespace backtest
