// What went wrong with the server or on the way to it. The message is scrubbed: no DSN, no password.
#pragma once

#include <stdexcept>
#include <string>

namespace backtest {

class PostgresError : public std::runtime_error {
 public:
  enum class Kind {
    statement,      // the server refused it: see sqlstate()
    not_connected,  // nothing was sent
    lost,           // sent, and the answer did not come: it may or may not have happened
    pool_exhausted,
  };

  PostgresError(Kind kind, const std::string& message, std::string sqlstate = "")
      : std::runtime_error(message), kind_(kind), sqlstate_(std::move(sqlstate)) {}

  Kind kind() const { return kind_; }
  const std::string& sqlstate() const { return sqlstate_; }
  // Serialisation failure or deadlock: the same transaction may be tried again.
  bool is_retryable() const { return sqlstate_ == "40001" || sqlstate_ == "40P01"; }

 private:
  Kind kind_;
  std::string sqlstate_;
};

}  // namespace backtest
