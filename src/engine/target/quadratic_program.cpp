#include "engine/target/quadratic_program.hpp"

#include <Eigen/Core>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <proxsuite/proxqp/dense/dense.hpp>

#include "engine/target/fixed_cache_sizes.hpp"

namespace backtest {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double largest_residual = 1e-8;
constexpr int polish_rounds = 64;
constexpr double usual_accuracy = 1e-10;
constexpr double finest_accuracy = 1e-14;

VectorXd gradient_of(const MatrixXd& hessian, const VectorXd& linear, const VectorXd& weights) {
  return hessian * weights - linear;
}

double residual_of(const MatrixXd& hessian, const VectorXd& linear, const VectorXd& weights) {
  if (!weights.allFinite()) return std::numeric_limits<double>::infinity();
  const VectorXd gradient = gradient_of(hessian, linear, weights);
  const double scale = std::max(1.0, gradient.cwiseAbs().maxCoeff());
  // The multiplier of sum w = 1 is the gradient that all held names share.
  const double shared = gradient.dot(weights);
  double worst = std::max(std::abs(weights.sum() - 1.0), std::max(0.0, -weights.minCoeff()));
  for (Index k = 0; k < weights.size(); ++k) {
    worst = std::max(worst, (shared - gradient(k)) / scale);  // nothing better is left out
    worst = std::max(worst, std::abs(gradient(k) - shared) * std::abs(weights(k)) / scale);  // nothing worse is in
  }
  return worst;
}

VectorXd interior_start(const MatrixXd& hessian, const VectorXd& linear, double accuracy) {
  const Index size = linear.size();
  proxsuite::proxqp::dense::QP<double> program(size, 1, size);
  program.settings.eps_abs = accuracy;
  program.settings.eps_rel = 0.0;
  program.settings.max_iter = 1000;
  const MatrixXd ones = MatrixXd::Ones(1, size);
  const VectorXd one = VectorXd::Ones(1);
  const MatrixXd identity = MatrixXd::Identity(size, size);
  const VectorXd lower = VectorXd::Zero(size);
  const VectorXd upper = VectorXd::Constant(size, 1e20);
  program.init(hessian, VectorXd(-linear), ones, one, identity, lower, upper);
  program.solve();
  return program.results.x;
}

// Without risk the best name takes all, the first of equals.
VectorXd best_name(const VectorXd& linear) {
  Index best = 0;
  linear.maxCoeff(&best);
  VectorXd weights = VectorXd::Zero(linear.size());
  weights(best) = 1.0;
  return weights;
}

// The exact optimum among weights that are zero outside `support`.
VectorXd optimum_on(const MatrixXd& hessian, const VectorXd& linear, const std::vector<Index>& support) {
  const auto count = static_cast<Index>(support.size());
  MatrixXd system = MatrixXd::Zero(count + 1, count + 1);
  VectorXd right(count + 1);
  for (Index a = 0; a < count; ++a) {
    for (Index b = 0; b < count; ++b) system(a, b) = hessian(support[a], support[b]);
    system(a, count) = system(count, a) = 1.0;
    right(a) = linear(support[a]);
  }
  right(count) = 1.0;
  const VectorXd solution = system.fullPivLu().solve(right);
  VectorXd weights = VectorXd::Zero(linear.size());
  for (Index a = 0; a < count; ++a) weights(support[a]) = solution(a);
  return weights;
}

// From the solver's answer to the exact one: names with a negative weight leave, the most missed name enters.
VectorXd polished(const MatrixXd& hessian, const VectorXd& linear, const VectorXd& start) {
  std::vector<Index> support;
  for (Index k = 0; k < start.size(); ++k) {
    if (start(k) > 1e-7) support.push_back(k);
  }
  VectorXd best = start;
  double best_residual = residual_of(hessian, linear, start);
  for (int round = 0; round < polish_rounds && !support.empty(); ++round) {
    const VectorXd weights = optimum_on(hessian, linear, support);
    const double residual = residual_of(hessian, linear, weights);
    if (residual < best_residual) {
      best = weights;
      best_residual = residual;
    }
    if (!weights.allFinite()) break;
    const std::size_t before = support.size();
    std::erase_if(support, [&](Index k) { return weights(k) <= 0.0; });
    if (support.size() != before) continue;
    const VectorXd gradient = gradient_of(hessian, linear, weights);
    Index missed = 0;
    const double shared = gradient.dot(weights);
    if (gradient.minCoeff(&missed) >= shared - 1e-13 * std::max(1.0, std::abs(shared))) break;
    if (std::find(support.begin(), support.end(), missed) != support.end()) break;
    support.insert(std::upper_bound(support.begin(), support.end(), missed), missed);
  }
  return best;
}

MatrixXd hessian_of(const PortfolioProblem& problem) {
  const auto size = static_cast<Index>(problem.expected_returns.size());
  return 2.0 * problem.risk_aversion * Eigen::Map<const MatrixXd>(problem.covariance.data(), size, size);
}

VectorXd vector_of(const std::vector<double>& values) {
  return Eigen::Map<const VectorXd>(values.data(), static_cast<Index>(values.size()));
}

}  // namespace

double optimality_residual(const PortfolioProblem& problem, const std::vector<double>& weights) {
  fix_cache_sizes();
  return residual_of(hessian_of(problem), vector_of(problem.expected_returns), vector_of(weights));
}

std::optional<std::vector<double>> solve(const PortfolioProblem& problem) {
  fix_cache_sizes();
  if (problem.expected_returns.empty()) return std::nullopt;
  MatrixXd hessian = hessian_of(problem);
  VectorXd linear = vector_of(problem.expected_returns);
  if (!hessian.allFinite() || !linear.allFinite() || problem.risk_aversion < 0.0) return std::nullopt;
  // In one unit of the objective, so that the certificate is as strict for small numbers; the solver cannot take an
  // objective that is empty.
  const double unit = std::max(hessian.cwiseAbs().maxCoeff(), linear.cwiseAbs().maxCoeff());
  if (unit > 0.0) {
    hessian /= unit;
    linear /= unit;
  }
  const bool riskless = hessian.cwiseAbs().maxCoeff() <= 1e-14;
  VectorXd weights =
      riskless ? best_name(linear) : polished(hessian, linear, interior_start(hessian, linear, usual_accuracy));
  // Where covariances are of few rows, no choice of names may be solved exactly, and the start's own accuracy counts.
  if (residual_of(hessian, linear, weights) > largest_residual / 10.0) {
    const VectorXd finer = polished(hessian, linear, interior_start(hessian, linear, finest_accuracy));
    if (residual_of(hessian, linear, finer) < residual_of(hessian, linear, weights)) weights = finer;
  }
  if (!(residual_of(hessian, linear, weights) <= largest_residual)) return std::nullopt;
  return std::vector<double>(weights.data(), weights.data() + weights.size());
}

}  // namespace backtest
