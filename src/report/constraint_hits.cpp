// constraint_hits.json (ART-8). Written row by row: a tight limit is hit at every decision.
#include <boost/json/object.hpp>

#include "report/artifacts.hpp"
#include "report/output_file.hpp"
#include "report/words.hpp"

namespace backtest {

namespace {

void append_hit(const RunView& run, const ConstraintHit& hit, std::string& out) {
  json::object details;
  for (const ConstraintHit::Detail& detail : hit.details) details[detail.name] = detail.value;
  if (hit.constraint == Constraint::residual) details["limit"] = word(hit.residual_of);
  json::object row;
  row["as_of"] = to_text(run.date_of_bar(hit.bar));
  row["constraint"] = word(hit.constraint);
  row["symbol"] = hit.has_instrument ? json::value(json::string(run.symbol(hit.instrument))) : json::value(nullptr);
  row["before"] = hit.before;  // the writer makes NaN null
  row["after"] = hit.after;
  row["details"] = std::move(details);
  const std::string text = json_text(row, JsonLayout::indented);
  out += "\n  ";
  for (const char c : text) {
    out += c;
    if (c == '\n') out += "  ";
  }
}

}  // namespace

void write_constraint_hits(const RunView& run) {
  OutputFile file(run.directory / "constraint_hits.json");
  file.buffer() += '[';
  for (std::size_t i = 0; i < run.result.hits.size(); ++i) {
    if (i > 0) file.buffer() += ',';
    append_hit(run, run.result.hits[i], file.buffer());
    file.flush_when_large();
  }
  file.buffer() += run.result.hits.empty() ? "]" : "\n]";
  file.close();
}

}  // namespace backtest
