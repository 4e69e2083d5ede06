#include "engine/target/covariance.hpp"

#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "base/assertion.hpp"
#include "engine/target/fixed_cache_sizes.hpp"

namespace backtest {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Shrinkage intensity of Ledoit and Wolf's estimator: the estimation error of the sample covariance over its distance
// from the target, at most 1.
double shrinkage_of(const Matrix& centered, const Matrix& sample, double mean_variance) {
  const auto rows = static_cast<double>(centered.rows());
  const auto columns = static_cast<double>(centered.cols());
  double fourth_moments = 0.0;
  for (Eigen::Index row = 0; row < centered.rows(); ++row) {
    const double squares = centered.row(row).squaredNorm();
    fourth_moments += squares * squares;
  }
  const double sample_norm = sample.squaredNorm();
  const double error = (fourth_moments / rows - sample_norm) / (rows * columns);
  const double distance = sample_norm / columns - mean_variance * mean_variance;
  return distance <= 0.0 ? 0.0 : std::clamp(error / distance, 0.0, 1.0);
}

}  // namespace

std::vector<double> covariance_of(Covariance kind, const std::vector<double>& values, std::size_t columns,
                                  int degrees_lost) {
  fix_cache_sizes();
  const auto width = static_cast<Eigen::Index>(columns);
  const auto rows = static_cast<Eigen::Index>(values.size() / columns);
  BACKTEST_ASSERT(rows >= 2, "a covariance needs two rows");
  Matrix centered = Eigen::Map<const Matrix>(values.data(), rows, width);
  centered.rowwise() -= centered.colwise().mean().eval();
  Matrix covariance = Matrix::Zero(width, width);
  covariance.selfadjointView<Eigen::Lower>().rankUpdate(centered.transpose());
  covariance.triangularView<Eigen::StrictlyUpper>() = covariance.transpose();
  if (kind == Covariance::sample) {
    covariance /= static_cast<double>(rows - degrees_lost);
  } else {
    covariance /= static_cast<double>(rows);
    const double mean_variance = covariance.trace() / static_cast<double>(width);
    const double shrinkage = shrinkage_of(centered, covariance, mean_variance);
    covariance *= 1.0 - shrinkage;
    covariance.diagonal().array() += shrinkage * mean_variance;
  }
  return {covariance.data(), covariance.data() + covariance.size()};
}

std::vector<double> pseudo_inverse_product(const std::vector<double>& matrix, const std::vector<double>& vector) {
  fix_cache_sizes();
  const auto size = static_cast<Eigen::Index>(vector.size());
  const Eigen::Map<const Eigen::MatrixXd> symmetric(matrix.data(), size, size);
  const Eigen::Map<const Eigen::VectorXd> right(vector.data(), size);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(symmetric);
  Eigen::VectorXd coefficients = solver.eigenvectors().transpose() * right;
  const double largest = solver.eigenvalues().cwiseAbs().maxCoeff();
  for (Eigen::Index k = 0; k < size; ++k) {
    const double value = solver.eigenvalues()(k);
    coefficients(k) = std::abs(value) <= 1e-15 * largest ? 0.0 : coefficients(k) / value;
  }
  const Eigen::VectorXd product = solver.eigenvectors() * coefficients;
  return {product.data(), product.data() + product.size()};
}

}  // namespace backtest
