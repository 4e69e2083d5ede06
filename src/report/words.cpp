#include "report/words.hpp"

#include "base/assertion.hpp"

// Switches, so that the compiler names what a new enumerator lacks.

namespace backtest {

std::string_view word(FillReason reason) {
  switch (reason) {
    case FillReason::order:
      return "order";
    case FillReason::delisted:
      return "delisted";
    case FillReason::ruined:
      return "ruined";
    case FillReason::cash_in_lieu:
      return "cash_in_lieu";
  }
  assertion_failed("reason", "an enumerator", __FILE__, __LINE__);
}

std::string_view word(RejectReason reason) {
  switch (reason) {
    case RejectReason::missing_open_price:
      return "missing_open_price";
    case RejectReason::rounded_to_zero:
      return "rounded_to_zero";
    case RejectReason::participation_cap:
      return "participation_cap";
    case RejectReason::min_trade_shares:
      return "min_trade_shares";
    case RejectReason::min_trade_notional:
      return "min_trade_notional";
    case RejectReason::expired:
      return "expired";
    case RejectReason::cash_cap:
      return "cash_cap";
  }
  assertion_failed("reason", "an enumerator", __FILE__, __LINE__);
}

std::string_view word(Constraint constraint) {
  switch (constraint) {
    case Constraint::shorts_disallowed:
      return "shorts_disallowed";
    case Constraint::position_cap:
      return "position_cap";
    case Constraint::max_leverage:
      return "max_leverage";
    case Constraint::net_exposure_min:
      return "net_exposure_min";
    case Constraint::net_exposure_min_unachievable:
      return "net_exposure_min_unachievable";
    case Constraint::net_exposure_max:
      return "net_exposure_max";
    case Constraint::net_exposure_max_unachievable:
      return "net_exposure_max_unachievable";
    case Constraint::max_net_exposure:
      return "max_net_exposure";
    case Constraint::min_weight_change:
      return "min_weight_change";
    case Constraint::max_turnover:
      return "max_turnover";
    case Constraint::residual:
      return "residual";
  }
  assertion_failed("constraint", "an enumerator", __FILE__, __LINE__);
}

std::string_view word(DebugTable table) {
  switch (table) {
    case DebugTable::universe:
      return "universe";
    case DebugTable::raw_scores:
      return "raw_scores";
    case DebugTable::selected:
      return "selected";
    case DebugTable::held:
      return "held";
    case DebugTable::scores:
      return "scores";
    case DebugTable::scales:
      return "scales";
    case DebugTable::exits:
      return "exits";
  }
  assertion_failed("table", "an enumerator", __FILE__, __LINE__);
}

std::string_view word(FillPolicy policy) {
  switch (policy) {
    case FillPolicy::next_open:
      return "next_open";
    case FillPolicy::next_close:
      return "next_close";
    case FillPolicy::same_close:
      return "same_close";
  }
  assertion_failed("policy", "an enumerator", __FILE__, __LINE__);
}

}  // namespace backtest
