#include "base/diagnostic_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <utility>

#include "base/warning_list.hpp"

namespace backtest {

namespace {

json::object entry_of(const Diagnostic& diagnostic) {
  json::object entry;
  entry["path"] = diagnostic.path;
  entry["message"] = diagnostic.message;
  if (diagnostic.line > 0) entry["line"] = diagnostic.line;
  if (!diagnostic.column.empty()) entry["column"] = diagnostic.column;
  if (diagnostic.count > 0) entry["count"] = diagnostic.count;
  if (!diagnostic.first.empty()) entry["first"] = diagnostic.first;
  if (!diagnostic.remedy.empty()) entry["remedy"] = diagnostic.remedy;
  return entry;
}

}  // namespace

std::string_view word(Importance importance) {
  switch (importance) {
    case Importance::low:
      return "low";
    case Importance::normal:
      return "normal";
    case Importance::high:
      return "high";
  }
  return "normal";
}

json::array errors_json(const std::vector<Diagnostic>& errors) {
  json::array list;
  for (const Diagnostic& error : errors) {
    if (list.size() == most_errors_shown) break;
    list.push_back(entry_of(error));
  }
  return list;
}

json::array warnings_json(const std::vector<Diagnostic>& warnings) {
  json::array list;
  for (const Diagnostic& warning : by_importance(warnings)) {
    json::object entry = entry_of(warning);
    if (!warning.file.empty()) entry["file"] = warning.file;
    entry["importance"] = word(warning.importance);
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace backtest
