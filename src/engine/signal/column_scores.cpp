// Scores from columns of the signal table: one, a weighted sum, the one furthest from zero.
#include <cmath>

#include "engine/market/cross_section.hpp"
#include "engine/signal/score_rule.hpp"

namespace backtest {
namespace {

using Column = SignalTable::Column;

// One value per row of the table, filled as asked; NaN where the row drops out.
void read_column(const ScoreInput& input, const Column& column, double sign, FillMissing fill,
                 std::vector<double>& values) {
  values.clear();
  double sum = 0.0;
  std::size_t count = 0;
  for (const InstrumentIndex i : input.table.rows()) {
    const double value = sign * input.table.value(input.market, column, i);
    values.push_back(std::isfinite(value) ? value : missing);
    if (!std::isfinite(value)) continue;
    sum += value;
    ++count;
  }
  if (fill == FillMissing::drop) return;
  const double filled = fill == FillMissing::mean && count > 0 ? sum / static_cast<double>(count) : 0.0;
  for (double& value : values) {
    if (std::isnan(value)) value = filled;
  }
}

void to_scores(const ScoreInput& input, const std::vector<double>& values, Scores& scores) {
  scores.clear();
  const auto& rows = input.table.rows();
  for (std::size_t k = 0; k < rows.size(); ++k) {
    if (std::isfinite(values[k])) scores.push_back(Score{.instrument = rows[k], .value = values[k]});
  }
}

class ColumnRule final : public ScoreRule {
 public:
  ColumnRule(const ColumnScoring& policy, SignalTable& table)
      : column_(table.require(policy.column)), sign_(policy.higher_is_better ? 1.0 : -1.0), fill_(policy.fill) {}

  void score(const ScoreInput& input, Scores& scores) override {
    read_column(input, column_, sign_, fill_, values_);
    to_scores(input, values_, scores);
  }

 private:
  Column column_;
  double sign_;
  FillMissing fill_;
  std::vector<double> values_;
};

class WeightedSumRule final : public ScoreRule {
 public:
  WeightedSumRule(const WeightedSumScoring& policy, SignalTable& table)
      : normalize_(policy.normalize), fill_(policy.fill) {
    for (const WeightedTerm& term : policy.terms) {
      columns_.push_back(table.require(term.column));
      weights_.push_back(term.weight);
    }
  }

  void score(const ScoreInput& input, Scores& scores) override {
    sums_.assign(input.table.rows().size(), 0.0);
    for (std::size_t term = 0; term < columns_.size(); ++term) {
      read_column(input, columns_[term], 1.0, fill_, values_);
      for (std::size_t k = 0; k < sums_.size(); ++k) sums_[k] += weights_[term] * values_[k];
    }
    to_scores(input, sums_, scores);
    if (normalize_ == NormalizeTerms::none) return;
    values_.clear();
    for (const Score& s : scores) values_.push_back(s.value);
    if (normalize_ == NormalizeTerms::zscore) {
      to_zscores(values_);
    } else {
      to_rank_percentiles(values_, order_);
    }
    for (std::size_t k = 0; k < scores.size(); ++k) scores[k].value = values_[k];
  }

 private:
  std::vector<Column> columns_;
  std::vector<double> weights_;
  NormalizeTerms normalize_;
  FillMissing fill_;
  std::vector<double> sums_;
  std::vector<double> values_;
  std::vector<std::size_t> order_;
};

// Sub-scores are joined by their position in the list, so that two may read one column (W-25).
class MaxOfRule final : public ScoreRule {
 public:
  MaxOfRule(const MaxOfScoring& policy, SignalTable& table) {
    for (const SubScore& sub : policy.scores) {
      const double sign = (sub.negate ? -1.0 : 1.0) * (sub.higher_is_better ? 1.0 : -1.0);
      parts_.push_back(Part{.column = table.require(sub.column), .sign = sign, .fill = sub.fill});
    }
  }

  void score(const ScoreInput& input, Scores& scores) override {
    best_.assign(input.table.rows().size(), missing);
    for (const Part& part : parts_) {
      read_column(input, part.column, part.sign, part.fill, values_);
      for (std::size_t k = 0; k < best_.size(); ++k) {
        if (std::isnan(values_[k])) continue;
        if (std::isnan(best_[k]) || std::abs(values_[k]) > std::abs(best_[k])) best_[k] = values_[k];
      }
    }
    to_scores(input, best_, scores);
  }

 private:
  struct Part {
    Column column;
    double sign;
    FillMissing fill;
  };
  std::vector<Part> parts_;
  std::vector<double> best_;
  std::vector<double> values_;
};

}  // namespace

std::unique_ptr<ScoreRule> make_column_rule(const ColumnScoring& scoring, SignalTable& table) {
  return std::make_unique<ColumnRule>(scoring, table);
}
std::unique_ptr<ScoreRule> make_column_rule(const WeightedSumScoring& scoring, SignalTable& table) {
  return std::make_unique<WeightedSumRule>(scoring, table);
}
std::unique_ptr<ScoreRule> make_column_rule(const MaxOfScoring& scoring, SignalTable& table) {
  return std::make_unique<MaxOfRule>(scoring, table);
}

}  // namespace backtest
