// Links by which a browser can show one run's tear sheet for a minute without a credential of its own, because a frame
// sends none. A link is a time, what the run's result was, and a code over both and the run; nothing is stored, and
// nothing is asked of a store before the code is right.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace backtest {

inline constexpr std::int64_t tearsheet_link_seconds = 60;
inline constexpr std::int64_t most_clock_difference_seconds = 60;  // between replicas

// May be used from any thread.
class TearsheetLinks {
 public:
  // `api_key` is what replicas share. Without one the process makes a secret of its own, and a link works on the
  // replica that gave it.
  explicit TearsheetLinks(const Secret& api_key) { use(api_key); }
  // From now on; what another key gave opens nothing any more.
  void use(const Secret& api_key);

  // `result` has no dot, and is of this run under this id alone: an id may be used again.
  std::string ticket(std::string_view run_id, std::string_view result, std::int64_t expires_at_s) const;
  // The result that the ticket was given for; nothing where it was never given, is too old, or would be good for longer
  // than one is.
  std::optional<std::string_view> result_of(std::string_view run_id, std::string_view ticket, std::int64_t now_s) const;

 private:
  std::string code(std::string_view run_id, std::string_view result, std::string_view expires_at_s) const;

  mutable std::mutex mutex_;
  Secret secret_;
};

}  // namespace backtest
