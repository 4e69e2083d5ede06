// A DSN as libpq understands it (URI or keyword=value; TLS, certificates and password files are libpq's), and messages
// without what it hides.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"

namespace backtest {

class ConnectionString {
 public:
  // Throws std::invalid_argument where libpq cannot parse it; the message never quotes the text.
  explicit ConnectionString(Secret dsn);

  std::string_view reveal() const [[clang::lifetimebound]] { return dsn_.reveal(); }
  // Replaces the DSN, its passwords, and anything of the form password=... or ://user:...@.
  std::string scrub(std::string_view message) const;
  // host, port and database: for logs.
  const std::string& target() const { return target_; }

 private:
  Secret dsn_;
  std::vector<Secret> hidden_;
  std::string target_;
};

// What is wrong with it, as far as that shows without a server, and nothing of its text; empty where nothing is.
std::string dsn_flaw(std::string_view dsn);

}  // namespace backtest
