#include "report/words.hpp"

#include <cstddef>

namespace backtest {

namespace {

constexpr std::string_view fill_reasons[] = {"order", "delisted", "ruined"};
constexpr std::string_view reject_reasons[] = {"missing_open_price", "rounded_to_zero",    "participation_cap",
                                               "min_trade_shares",   "min_trade_notional", "expired"};
constexpr std::string_view constraints[] = {"shorts_disallowed",
                                            "position_cap",
                                            "max_leverage",
                                            "net_exposure_min",
                                            "net_exposure_min_unachievable",
                                            "net_exposure_max",
                                            "net_exposure_max_unachievable",
                                            "max_net_exposure",
                                            "min_weight_change",
                                            "max_turnover",
                                            "residual"};
constexpr std::string_view debug_tables[] = {"universe", "raw_scores", "selected", "held", "scores", "scales", "exits"};
constexpr std::string_view fill_policies[] = {"next_open", "next_close", "same_close"};

}  // namespace

std::string_view word(FillReason reason) {
  return fill_reasons[static_cast<std::size_t>(reason)];
}
std::string_view word(RejectReason reason) {
  return reject_reasons[static_cast<std::size_t>(reason)];
}
std::string_view word(Constraint constraint) {
  return constraints[static_cast<std::size_t>(constraint)];
}
std::string_view word(DebugTable table) {
  return debug_tables[static_cast<std::size_t>(table)];
}
std::string_view word(FillPolicy policy) {
  return fill_policies[static_cast<std::size_t>(policy)];
}

}  // namespace backtest
