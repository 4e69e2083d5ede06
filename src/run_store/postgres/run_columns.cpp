#include "run_store/postgres/run_columns.hpp"

#include <string>
#include <utility>

#include "base/assertion.hpp"

namespace backtest {

std::string micros_of(const std::string& expression) {
  return "(extract(epoch from " + expression + ") * 1000000)::bigint";
}

std::string time_of(const std::string& parameter) {
  // Whole seconds and microseconds apart: as one double of seconds, late times would lose microseconds.
  return "(timestamptz 'epoch' + (" + parameter + "::bigint / 1000000) * interval '1 second' + (" + parameter +
         "::bigint % 1000000) * interval '1 microsecond')";
}

const std::string& run_columns() {
  static const std::string text = [] {
    std::string columns;
    const RunRecord any;
    for_each_run_column(any, false, [&](const std::string_view name, RunFieldForm form, const auto&) {
      const std::string column = "r." + std::string(name);
      columns += (form == RunFieldForm::time ? micros_of(column) + " as " + std::string(name) : column) + ", ";
    });
    return columns + "r." + std::string(artifact_manifest_name);
  }();
  return text;
}

RecordRows::RecordRows(PostgresRows rows, ConfigTexts configs) : rows_(std::move(rows)), reader_(rows_, configs) {}

RunRecord RecordRows::record(int row) const {
  struct Row {
    const PostgresRows& rows;
    int row;
    std::string text(int column) const { return std::string(rows.text(row, column)); }
    std::int64_t integer(int column) const { return rows.integer(row, column); }
    double real(int column) const { return rows.real(row, column); }
    bool boolean(int column) const { return rows.boolean(row, column); }
    std::optional<std::string> optional_text(int column) const { return rows.optional_text(row, column); }
    std::optional<std::int64_t> optional_integer(int column) const { return rows.optional_integer(row, column); }
    std::optional<double> optional_real(int column) const { return rows.optional_real(row, column); }
  };
  return reader_.read(Row{rows_, row});
}

std::string RecordRows::text(int row, std::string_view column) const {
  return std::string(rows_.text(row, place(column)));
}

std::int64_t RecordRows::integer(int row, std::string_view column) const {
  return rows_.integer(row, place(column));
}

bool RecordRows::boolean(int row, std::string_view column) const {
  return rows_.boolean(row, place(column));
}

int RecordRows::place(std::string_view column) const {
  const int place = rows_.column(column);
  BACKTEST_ASSERT(place >= 0, "the statement gives the column");
  return place;
}

void FunctionCall::begin(std::string_view name) {
  if (!is_first_) text_ += ", ";
  is_first_ = false;
  text_.append(name).append(" => ");
}

FunctionCall& FunctionCall::with(std::string_view name, PostgresParameter value) {
  begin(name);
  parameters_.push_back(std::move(value));
  text_ += "$" + std::to_string(parameters_.size());
  return *this;
}

FunctionCall& FunctionCall::with_expression(std::string_view name, std::string_view sql) {
  begin(name);
  text_.append(sql);
  return *this;
}

namespace {

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

bool is_lease_token(std::string_view text) {
  return is_hex(text, 32);
}

PostgresParameter digest_of(const std::string& sha256) {
  if (!is_hex(sha256, 64)) return std::nullopt;
  return "\\x" + sha256;
}

std::string audit_values(const AuditEvent& event, std::vector<PostgresParameter>& parameters) {
  std::string values;
  for (const std::string* text :
       {&event.action, &event.caller, &event.address, &event.request_id, &event.run_id, &event.detail}) {
    parameters.emplace_back(*text);
    values += (values.empty() ? "$" : ", $") + std::to_string(parameters.size());
  }
  return values;
}

}  // namespace backtest
