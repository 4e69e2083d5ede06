// A value that must not be printed: no stream, format or JSON conversion exists for it, by design.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace backtest {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  bool empty() const { return value_.empty(); }
  // The only way to the text: search for `reveal` to find every use.
  std::string_view reveal() const [[clang::lifetimebound]] { return value_; }

 private:
  std::string value_;
};

}  // namespace backtest
