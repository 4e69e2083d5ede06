// Records in PostgreSQL: the columns that every statement of the store gives, and the reading of them by name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "postgres/connection.hpp"
#include "run_store/access_records.hpp"
#include "run_store/record_reader.hpp"
#include "run_store/run_record.hpp"

namespace backtest {

// Of backtest.run_records r: as run_fields declares them, without the config texts.
const std::string& run_columns();

// The rows of a statement that gives run_columns() and perhaps more.
class RecordRows {
 public:
  explicit RecordRows(PostgresRows rows, ConfigTexts configs = ConfigTexts::left_out);

  int size() const { return rows_.size(); }
  RunRecord record(int row) const;
  std::string text(int row, std::string_view column) const;
  std::int64_t integer(int row, std::string_view column) const;
  bool boolean(int row, std::string_view column) const;

 private:
  int place(std::string_view column) const;

  PostgresRows rows_;
  RecordReader reader_;
};

// A call of a function of the schema, each argument by its name.
class FunctionCall {
 public:
  explicit FunctionCall(std::string_view function) : text_(std::string(function) + "(") {}
  FunctionCall& with(std::string_view name, PostgresParameter value);
  // What may not be written as a parameter: SQL over the statement's other parts.
  FunctionCall& with_expression(std::string_view name, std::string_view sql);
  // backtest.f(a => $1, b => $2)
  std::string sql() const { return text_ + ")"; }
  const std::vector<PostgresParameter>& parameters() const { return parameters_; }

 private:
  void begin(std::string_view name);

  std::string text_;
  bool is_first_ = true;
  std::vector<PostgresParameter> parameters_;
};

inline constexpr std::string_view insert_audit_events =
    "insert into backtest.audit_events (action, caller, address, request_id, run_id, detail)";
// "$7, $8, ...": the values of those columns, behind the parameters that are there already.
std::string audit_values(const AuditEvent& event, std::vector<PostgresParameter>& parameters);

// Microseconds since 1970 of a timestamptz expression, and back.
std::string micros_of(const std::string& expression);
std::string time_of(const std::string& parameter);
bool is_lease_token(std::string_view text);
// A SHA-256 in hexadecimal as bytea; nothing where the text is none.
PostgresParameter digest_of(const std::string& sha256);

}  // namespace backtest
