#include "engine/target/quadratic_program.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <numeric>

#include "engine/target/covariance.hpp"

namespace backtest {
namespace {

double number() {
  return *rc::gen::inRange(-10'000, 10'001) / 10'000.0;
}

// Covariances of random returns, singular where there are fewer rows than names.
PortfolioProblem random_problem(std::size_t size) {
  PortfolioProblem problem;
  for (std::size_t k = 0; k < size; ++k) problem.expected_returns.push_back(number());
  const auto rows = static_cast<std::size_t>(*rc::gen::inRange(2, 30));
  std::vector<double> returns(rows * size);
  for (double& value : returns) value = number() * 0.05;
  problem.covariance = covariance_of(Covariance::sample, returns, size, 1);
  problem.risk_aversion = *rc::gen::element(0.0, 0.5, 1.0, 10.0, 1000.0);
  const double unit = *rc::gen::element(1e-6, 1.0, 1e6);
  for (double& value : problem.expected_returns) value *= unit;
  for (double& value : problem.covariance) value *= unit;
  return problem;
}

double value_of(const PortfolioProblem& problem, const std::vector<double>& weights) {
  const std::size_t size = weights.size();
  double value = 0.0;
  for (std::size_t a = 0; a < size; ++a) {
    value += problem.expected_returns[a] * weights[a];
    for (std::size_t b = 0; b < size; ++b) {
      value -= problem.risk_aversion * weights[a] * problem.covariance[a * size + b] * weights[b];
    }
  }
  return value;
}

RC_GTEST_PROP(QuadraticProgram, NoFeasiblePointIsBetter, ()) {
  const auto size = static_cast<std::size_t>(*rc::gen::inRange(1, 12));
  const PortfolioProblem problem = random_problem(size);
  const auto weights = solve(problem);
  RC_ASSERT(weights.has_value());
  RC_ASSERT(optimality_residual(problem, *weights) <= 1e-8);
  RC_ASSERT(std::abs(std::accumulate(weights->begin(), weights->end(), 0.0) - 1.0) <= 1e-8);
  for (const double weight : *weights) RC_ASSERT(weight >= -1e-8);
  const double best = value_of(problem, *weights);
  double largest = 0.0;
  for (const double mu : problem.expected_returns) largest = std::max(largest, std::abs(mu));
  for (int attempt = 0; attempt < 20; ++attempt) {
    std::vector<double> other(size);
    double sum = 0.0;
    for (double& weight : other) sum += weight = std::pow(std::abs(number()), 4) + 1e-12;
    for (double& weight : other) weight /= sum;
    RC_ASSERT(value_of(problem, other) <= best + 1e-7 * std::max(std::abs(best), largest));
  }
}

TEST(QuadraticProgram, TheCertificateSeesAWrongAnswer) {
  const PortfolioProblem problem{
      .expected_returns = {0.0, 0.0}, .covariance = {0.04, 0.0, 0.0, 0.01}, .risk_aversion = 1.0};
  EXPECT_LE(optimality_residual(problem, {0.2, 0.8}), 1e-15);
  EXPECT_GT(optimality_residual(problem, {0.3, 0.7}), 1e-3);
  EXPECT_GT(optimality_residual(problem, {0.2, 0.7}), 1e-3) << "does not sum to 1";
  EXPECT_GT(optimality_residual(problem, {1.2, -0.2}), 1e-3) << "negative";
}

TEST(QuadraticProgram, WithoutAnOptimumThereIsNoAnswer) {
  const PortfolioProblem nan{.expected_returns = {std::nan("")}, .covariance = {1.0}, .risk_aversion = 1.0};
  EXPECT_FALSE(solve(nan).has_value());
}

TEST(QuadraticProgram, WithoutRiskTheBestNameTakesAll) {
  const PortfolioProblem riskless{
      .expected_returns = {1.0, 2.0, 2.0}, .covariance = std::vector<double>(9, 0.0), .risk_aversion = 1.0};
  EXPECT_EQ(*solve(riskless), (std::vector<double>{0.0, 1.0, 0.0}));
}

TEST(Covariance, SampleAndItsDegreesOfFreedom) {
  const std::vector<double> returns = {1.0, 2.0, 3.0, 6.0};  // rows (1, 2), (3, 6)
  EXPECT_EQ(covariance_of(Covariance::sample, returns, 2, 0), (std::vector<double>{1.0, 2.0, 2.0, 4.0}));
  EXPECT_EQ(covariance_of(Covariance::sample, returns, 2, 1), (std::vector<double>{2.0, 4.0, 4.0, 8.0}));
}

// The published estimator, term by term: b2 is the mean squared distance of each row's outer product from the sample.
TEST(Covariance, W34_LedoitWolf) {
  const std::vector<double> returns = {0.01, 0.03, -0.02, 0.01, 0.04, -0.01, 0.00, 0.02};
  const std::size_t rows = 4, columns = 2;
  const auto sample = covariance_of(Covariance::sample, returns, columns, 0);
  double mean[2] = {0, 0};
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) mean[c] += returns[r * columns + c] / rows;
  }
  const double target = (sample[0] + sample[3]) / 2.0;
  double error = 0.0, distance = 0.0;
  for (std::size_t a = 0; a < columns; ++a) {
    for (std::size_t b = 0; b < columns; ++b) {
      const double cell = sample[a * columns + b];
      distance += std::pow(cell - (a == b ? target : 0.0), 2);
      for (std::size_t r = 0; r < rows; ++r) {
        const double outer = (returns[r * columns + a] - mean[a]) * (returns[r * columns + b] - mean[b]);
        error += std::pow(outer - cell, 2) / (rows * rows);
      }
    }
  }
  const double shrinkage = std::min(1.0, error / distance);
  const auto shrunk = covariance_of(Covariance::ledoit_wolf, returns, columns, 0);
  for (std::size_t a = 0; a < columns; ++a) {
    for (std::size_t b = 0; b < columns; ++b) {
      const double expected = (1.0 - shrinkage) * sample[a * columns + b] + (a == b ? shrinkage * target : 0.0);
      EXPECT_NEAR(shrunk[a * columns + b], expected, 1e-15);
    }
  }
}

TEST(Covariance, PseudoInverseLeavesOutWhatHasNoVariance) {
  EXPECT_EQ(pseudo_inverse_product({4.0, 0.0, 0.0, 0.0}, {2.0, 5.0}), (std::vector<double>{0.5, 0.0}));
  EXPECT_EQ(pseudo_inverse_product({0.0}, {2.0}), (std::vector<double>{0.0}));
}

}  // namespace
}  // namespace backtest
