// The portfolio problem of OPT-1: maximise mu'w - risk_aversion * w'Sigma w, with sum w = 1 and w >= 0. A solution is
// handed out only with its certificate: how far it is from the optimality (KKT) conditions.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace backtest {

struct PortfolioProblem {
  std::vector<double> expected_returns;  // mu
  std::vector<double> covariance;        // row-major, symmetric, positive semidefinite
  double risk_aversion = 1.0;
};

// The largest violation by `weights` of feasibility, of stationarity and of complementarity, relative to the scale of
// the gradient. 0 for an exact optimum.
double optimality_residual(const PortfolioProblem& problem, const std::vector<double>& weights);

// nullopt when no point with a residual of at most 1e-8 is found.
std::optional<std::vector<double>> solve(const PortfolioProblem& problem);

}  // namespace backtest
