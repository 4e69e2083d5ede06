// Orders, fills and rejects.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/model/panel.hpp"

namespace backtest {

struct Order {
  InstrumentIndex instrument = 0;
  double quantity = 0.0;  // signed shares, never 0
  double value = 0.0;     // signed money that is to change hands, before costs and rounding to lots
  bool closes = false;    // brings the holding to exactly 0
};

enum class FillReason : std::uint8_t {
  order,
  delisted,
  ruined,
  cash_in_lieu,  // paid for the part of a share that a split left
};

struct Fill {
  std::uint32_t bar = 0;
  InstrumentIndex instrument = 0;
  double quantity = 0.0;  // signed
  double price = 0.0;     // includes slippage and half-spread
  double notional = 0.0;  // quantity * price
  double commission = 0.0;
  double slippage_cost = 0.0;
  double cash_after = 0.0;
  FillReason reason = FillReason::order;
};

enum class RejectReason : std::uint8_t {
  missing_open_price,  // the price that the fill policy needs
  rounded_to_zero,
  participation_cap,  // executed_quantity is what remained
  min_trade_shares,
  min_trade_notional,
  expired,
  cash_cap,  // executed_quantity is what the cash was enough for
};

struct Reject {
  std::uint32_t bar = 0;
  InstrumentIndex instrument = 0;
  RejectReason reason = RejectReason::rounded_to_zero;
  double requested_quantity = 0.0;
  double executed_quantity = 0.0;
  double requested_notional = missing;  // at the execution price before impact
  double executed_notional = missing;
};

}  // namespace backtest
