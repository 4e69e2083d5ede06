#include "engine/target/sizer.hpp"

namespace backtest {

std::unique_ptr<Sizer> make_sizer(const SizerPolicy& policy, const Panel& prices) {
  return std::visit([&](const auto& alternative) { return make_sizer(alternative, prices); }, policy);
}

}  // namespace backtest
