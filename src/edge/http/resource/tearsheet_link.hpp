// Links by which a browser can show one run's tear sheet for a minute without a credential of its own, because a frame
// sends none. A link is a time and a code over it and the run; nothing is stored, and
// nothing is asked of a store before the code is right.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace backtest {

inline constexpr std::int64_t tearsheet_link_seconds = 60;

class TearsheetLinks {
 public:
  // `api_key` is what replicas share. Without one the process makes a secret of its own, and a link works on the
  // replica that gave it.
  explicit TearsheetLinks(const Secret& api_key);

  std::string ticket(std::string_view run_id, std::int64_t expires_at_s) const;
  bool accepts(std::string_view run_id, std::string_view ticket, std::int64_t now_s) const;

 private:
  std::string code(std::string_view run_id, std::string_view expires_at_s) const;

  Secret secret_;
};

}  // namespace backtest
