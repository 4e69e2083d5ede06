// The columns of a record, as every statement of the store returns them.
#pragma once

#include <string>

#include "postgres/connection.hpp"
#include "run_store/run_record.hpp"

namespace backtest {

// Of backtest.run_records r: without the config texts.
const std::string& run_columns();
inline constexpr int run_column_count = 33;
// Of backtest.runs r, for `returning`, where nobody holds the run and it did not complete.
const std::string& returned_columns();
RunRecord record_of(const PostgresRows& rows, int row, int first_column = 0);

// The insertion of the queue rows of backtest.runs r, of which `from` says which.
std::string enqueue_from(const std::string& from);

// Microseconds since 1970 of a timestamptz expression, and back.
std::string micros_of(const std::string& expression);
std::string time_of(const std::string& parameter);
bool is_lease_token(std::string_view text);
// A SHA-256 in hexadecimal as bytea; nothing where the text is none.
PostgresParameter digest_of(const std::string& sha256);

}  // namespace backtest
