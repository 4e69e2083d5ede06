// Runs scenarios/*.scenario: markets and what becomes of them as tables (scenarios/README.md has the grammar).
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <ostream>
#include <sstream>

#include "base/number_text.hpp"
#include "data/load.hpp"
#include "engine/metric/summary.hpp"
#include "engine/simulate.hpp"
#include "engine/text_prices_for_tests.hpp"
#include "execute/load_run.hpp"
#include "execute/report_run.hpp"
#include "execute/simulate_run.hpp"
#include "report/artifacts.hpp"
#include "report/summary_json.hpp"
#include "report/words.hpp"
#include "spec/spec.hpp"

namespace backtest {
namespace {

namespace fs = std::filesystem;

using Words = TextRow;
using Row = std::map<std::string, std::string>;

struct Section {
  std::string name;
  std::string text;
};

struct Scenario {
  std::string file;
  std::string title;
  std::vector<Section> sections;

  const Section* find(std::string_view name) const {
    for (const Section& section : sections) {
      if (section.name == name) return &section;
    }
    return nullptr;
  }
};

void PrintTo(const Scenario& scenario, std::ostream* out) {
  *out << scenario.file << ": " << scenario.title;
}

std::vector<Scenario> read_scenarios() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(BACKTEST_SOURCE_DIR) / "scenarios")) {
    if (entry.path().extension() == ".scenario") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<Scenario> scenarios;
  for (const fs::path& file : files) {
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("=== ")) {
        scenarios.push_back({.file = file.stem().string(), .title = line.substr(4), .sections = {}});
      } else if (scenarios.empty() || scenarios.back().file != file.stem().string()) {
        continue;  // what stands before the first scenario is a comment
      } else if (line.starts_with("--- ")) {
        scenarios.back().sections.push_back({.name = line.substr(4), .text = ""});
      } else if (!scenarios.back().sections.empty()) {
        scenarios.back().sections.back().text += line + "\n";
      }
    }
  }
  return scenarios;
}

// ---- input files ----

std::string cell(const std::string& word) {
  return word == "." ? "" : word;
}

std::string price_row(const std::string& date, const std::string& symbol, const TextBar& bar) {
  std::string row = date + "," + symbol;
  for (const auto* field : {&bar.open, &bar.high, &bar.low, &bar.close, &bar.volume, &bar.split, &bar.dividend}) {
    row += "," + *field;
  }
  return row + "\n";
}

std::string prices_csv(const std::vector<Words>& table) {
  std::string rows;
  bool has_splits = false, has_volume = false;
  for (std::size_t row = 1; row < table.size(); ++row) {
    for (std::size_t column = 1; column < table[row].size(); ++column) {
      const std::optional<TextBar> bar = text_bar(table[row][column]);
      if (!bar) continue;
      has_splits = has_splits || !bar->split.empty();
      has_volume = has_volume || !bar->volume.empty();
      rows += price_row(table[row][0], table[0].at(column), *bar);
    }
  }
  return std::string("date,symbol,open,high,low,close,") + (has_volume ? "volume" : "unused_volume") + "," +
         (has_splits ? "split" : "unused_split") + ",dividend\n" + rows;
}

std::string rows_csv(const std::vector<Words>& table) {
  std::string csv;
  for (const Words& row : table) {
    for (std::size_t column = 0; column < row.size(); ++column) csv += (column == 0 ? "" : ",") + cell(row[column]);
    csv += "\n";
  }
  return csv;
}

void write(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

// The config as written, with what every scenario would repeat: 1000 of cash, all dates and symbols of the table.
std::string config_text(const Scenario& scenario) {
  const Section* given = scenario.find("config");
  std::string text = given != nullptr ? given->text : "";
  const auto add = [&](const std::string& key, const std::string& value) {
    if (!("\n" + text).contains("\n" + key + ":")) text += key + ": " + value + "\n";
  };
  if (const Section* prices = scenario.find("prices")) {
    const auto table = text_rows(prices->text);
    add("start_date", table.at(1)[0]);
    add("end_date", table.back()[0]);
    std::string symbols;
    for (std::size_t column = 1; column < table[0].size(); ++column) symbols += "'" + table[0][column] + "', ";
    add("universe", "{symbols: [" + symbols + "]}");
  }
  add("initial_cash", "1000");
  add("data", scenario.find("signals") == nullptr ? "{price_path: prices.csv}"
                                                  : "{price_path: prices.csv, signal_path: signals.csv}");
  return text;
}

void write_inputs(const Scenario& scenario, const fs::path& directory) {
  for (const Section& section : scenario.sections) {
    if (section.name == "prices") write(directory / "prices.csv", prices_csv(text_rows(section.text)));
    if (section.name == "signals") write(directory / "signals.csv", rows_csv(text_rows(section.text)));
    if (section.name == "targets") write(directory / "targets.csv", rows_csv(text_rows(section.text)));
    if (section.name.starts_with("file ")) write(directory / section.name.substr(5), section.text);
  }
}

// ---- what happened, as rows of words ----

std::string number(double value) {
  return std::isnan(value) ? "null" : number_text(value);
}

class Outcome {
 public:
  Outcome(const Panel& prices, const SimulationResult& result, const Summary& summary)
      : prices_(prices), result_(result), summary_(summary) {}

  std::vector<Row> table(const std::string& name) const {
    if (name == "fills") return fills();
    if (name == "daily") return daily();
    if (name == "rejects") return rejects();
    if (name == "hits") return hits();
    if (name == "contributions") return contributions();
    return positions();
  }

 private:
  std::string date(std::size_t bar) const { return to_text(prices_.dates[bar]); }
  std::string symbol(InstrumentIndex i) const { return prices_.instruments[i]; }

  std::vector<Row> contributions() const {
    std::vector<Row> rows;
    for (const Contribution& part : summary_.instrument_contributions) {
      rows.push_back({{"name", symbol(static_cast<InstrumentIndex>(part.index))}, {"profit", number(part.profit)}});
    }
    for (const Contribution& part : summary_.leg_contributions) {
      rows.push_back({{"name", "leg" + std::to_string(part.index + 1)}, {"profit", number(part.profit)}});
    }
    return rows;
  }

  std::vector<Row> fills() const {
    std::vector<Row> rows;
    for (const Fill& f : result_.fills) {
      rows.push_back({{"date", date(f.bar)},
                      {"symbol", symbol(f.instrument)},
                      {"quantity", number(f.quantity)},
                      {"price", number(f.price)},
                      {"notional", number(f.notional)},
                      {"commission", number(f.commission)},
                      {"slippage_cost", number(f.slippage_cost)},
                      {"cash_after", number(f.cash_after)},
                      {"reason", std::string(word(f.reason))}});
    }
    return rows;
  }

  std::vector<Row> daily() const {
    std::vector<Row> rows;
    for (std::size_t k = 0; k < result_.bars.size(); ++k) {
      const BarRow& b = result_.bars[k];
      rows.push_back({{"date", date(prices_.first_bar + k)},
                      {"nav", number(b.nav)},
                      {"cash", number(b.cash)},
                      {"return", number(b.period_return)},
                      {"cumulative_return", number(b.cumulative_return)},
                      {"drawdown", number(b.drawdown)},
                      {"gross", number(b.gross_exposure)},
                      {"net", number(b.net_exposure)},
                      {"turnover", number(b.turnover)},
                      {"commission", number(b.commission)},
                      {"slippage_cost", number(b.slippage_cost)},
                      {"dividends", number(b.dividends)},
                      {"financing", number(b.financing)},
                      {"fills", std::to_string(b.fill_count)}});
    }
    return rows;
  }

  std::vector<Row> rejects() const {
    std::vector<Row> rows;
    for (const Reject& r : result_.rejects) {
      rows.push_back({{"date", date(r.bar)},
                      {"symbol", symbol(r.instrument)},
                      {"reason", std::string(word(r.reason))},
                      {"requested", number(r.requested_quantity)},
                      {"executed", number(r.executed_quantity)}});
    }
    return rows;
  }

  std::vector<Row> hits() const {
    std::vector<Row> rows;
    for (const ConstraintHit& h : result_.hits) {
      const bool residual = h.constraint == Constraint::residual;
      rows.push_back(
          {{"date", date(h.bar)},
           {"constraint", std::string(word(h.constraint)) + (residual ? ":" + std::string(word(h.residual_of)) : "")},
           {"symbol", h.has_instrument ? symbol(h.instrument) : "null"},
           {"before", number(h.before)},
           {"after", number(h.after)}});
    }
    return rows;
  }

  std::vector<Row> positions() const {
    std::vector<Row> rows;
    for (std::size_t k = 0; k < result_.bars.size(); ++k) {
      for (std::size_t h = result_.holdings_begin[k]; h < result_.holdings_begin[k + 1]; ++h) {
        const HoldingRow& row = result_.holdings[h];
        rows.push_back({{"date", date(prices_.first_bar + k)},
                        {"symbol", symbol(row.instrument)},
                        {"shares", number(row.shares)},
                        {"mark", number(row.mark)},
                        {"stale", row.stale ? "stale" : "fresh"}});
      }
    }
    return rows;
  }

  const Panel& prices_;
  const SimulationResult& result_;
  const Summary& summary_;
};

// `benchmark.beta` is a field of an object of the summary.
std::string summary_value(const json::object& numbers, const std::string& field) {
  const std::size_t point = field.find('.');
  const json::value* value = numbers.if_contains(field.substr(0, point));
  if (value != nullptr && point != std::string::npos && value->is_object()) {
    return summary_value(value->get_object(), field.substr(point + 1));
  }
  return value == nullptr ? "no such field" : value->is_string() ? std::string(value->get_string()) : json_text(*value);
}

// ---- comparison ----

// `1000/101*3`, from left to right; false where it is no number.
bool evaluate(const std::string& text, double& value) {
  const char* at = text.c_str();
  char* end = nullptr;
  value = std::strtod(at, &end);
  if (end == at) return false;
  while (*end == '*' || *end == '/') {
    const char operation = *end;
    at = end + 1;
    const double next = std::strtod(at, &end);
    if (end == at) return false;
    value = operation == '*' ? value * next : value / next;
  }
  return *end == '\0';
}

// A number with four decimals or more was rounded there; any other is meant exactly.
double tolerance_of(const std::string& text, double value) {
  const std::size_t point = text.find('.');
  const bool plain = text.find_first_of("*/e") == std::string::npos;
  const std::size_t decimals = point == std::string::npos || !plain ? 0 : text.size() - point - 1;
  return decimals >= 4 ? 0.500001 * std::pow(10.0, -static_cast<double>(decimals))
                       : 1e-9 * std::max(1.0, std::abs(value));
}

bool agrees(const std::string& expected, const std::string& actual) {
  double wanted = 0.0, got = 0.0;
  if (expected == actual) return true;
  if (!evaluate(expected, wanted) || !evaluate(actual, got)) return false;
  return std::abs(wanted - got) <= tolerance_of(expected, wanted);
}

std::string text_of(const Words& header, const std::vector<Row>& rows) {
  std::string text;
  for (const Row& row : rows) {
    for (const std::string& name : header) text += (text.empty() || text.back() == '\n' ? "" : "  ") + row.at(name);
    text += "\n";
  }
  return text;
}

// Each line of `expected` stands in what was said.
void expect_lines(const Section& expected, const std::vector<Diagnostic>& said) {
  std::string text;
  for (const Diagnostic& diagnostic : said) text += diagnostic.text() + "\n";
  for (const Words& words : text_rows(expected.text)) {
    std::string line;
    for (const std::string& w : words) line += (line.empty() ? "" : " ") + w;
    EXPECT_TRUE(text.contains(line)) << text << "does not say: " << line;
  }
  EXPECT_TRUE(!text_rows(expected.text).empty() || said.empty()) << text << "should not be said";
}

void compare_summary(const Section& section, const json::object& numbers) {
  for (const Words& line : text_rows(section.text)) {
    ASSERT_EQ(line.size(), 2u) << "a line of the summary is a field and its value";
    const std::string actual = summary_value(numbers, line[0]);
    EXPECT_TRUE(agrees(line[1], actual)) << line[0] << " is " << actual << " and should be " << line[1];
  }
}

void compare(const Section& section, const std::vector<Row>& actual) {
  std::vector<Words> expected = text_rows(section.text);
  ASSERT_FALSE(expected.empty()) << "a table needs a header";
  const Words header = expected.front();
  expected.erase(expected.begin());
  bool same = expected.size() == actual.size();
  for (std::size_t row = 0; same && row < expected.size(); ++row) {
    ASSERT_EQ(expected[row].size(), header.size()) << section.name << ", row " << row + 1;
    for (std::size_t column = 0; column < header.size(); ++column) {
      same = same && agrees(expected[row][column], actual[row].at(header[column]));
    }
  }
  EXPECT_TRUE(same) << section.name << " is\n" << text_of(header, actual) << "and should be\n" << section.text;
}

class ScenarioTest : public testing::TestWithParam<Scenario> {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "backtest-scenario-XXXXXX").string();
    directory_ = mkdtemp(name.data());
    before_ = fs::current_path();
    fs::current_path(directory_);  // so that configs name their files without a path
  }
  void TearDown() override {
    fs::current_path(before_);
    fs::remove_all(directory_);
  }

  fs::path directory_;
  fs::path before_;
};

TEST_P(ScenarioTest, Holds) {
  const Scenario& scenario = GetParam();
  write_inputs(scenario, directory_);
  const Section* error = scenario.find("error");
  try {
    const Spec spec = parse_spec(config_text(scenario), "config.yaml");
    const LoadedData loaded = load_run(spec);
    SimulatedRun run;
    simulate_run(spec.policy, loaded.market, {}, run);
    const SimulationResult& result = run.result;
    ASSERT_EQ(error, nullptr) << "an error was expected: " << error->text;
    EXPECT_LE(result.largest_conservation_residual, 1e-9);
    if (const Section* warned = scenario.find("warnings")) expect_lines(*warned, warnings_of(spec, loaded, run));
    const ReportRequest unused;
    const RunView view{.request = unused, .market = loaded.market, .result = result, .summary = run.summary};
    if (const Section* numbers = scenario.find("summary")) compare_summary(*numbers, summary_numbers(view));
    if (const Section* told = scenario.find("summary warnings")) {
      std::vector<Diagnostic> said;
      for (const std::string& text : run.summary.remarks) said.push_back({.message = text});
      for (const std::string& text : run.summary.warnings) said.push_back({.message = text});
      expect_lines(*told, said);
    }
    const Outcome outcome(loaded.market.prices, result, run.summary);
    for (const Section& section : scenario.sections) {
      for (const char* name : {"fills", "daily", "rejects", "hits", "positions", "contributions"}) {
        if (section.name == name) compare(section, outcome.table(section.name));
      }
    }
  } catch (const InvalidInput& wrong) {
    ASSERT_NE(error, nullptr) << wrong.what();
    expect_lines(*error, wrong.diagnostics());
  }
}

std::string test_name(const testing::TestParamInfo<Scenario>& info) {
  std::string name = info.param.file + "_" + info.param.title;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name + "_" + std::to_string(info.index);
}

INSTANTIATE_TEST_SUITE_P(Text, ScenarioTest, testing::ValuesIn(read_scenarios()), test_name);

}  // namespace
}  // namespace backtest
