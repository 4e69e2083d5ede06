#include "base/random_id.hpp"

#include <sys/random.h>

#include <stdexcept>
#include <vector>

namespace backtest {

std::string random_hex(int digits) {
  std::vector<unsigned char> bytes(static_cast<std::size_t>(digits));
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw std::runtime_error("the system gave no random bytes");
  }
  static constexpr char hex[] = "0123456789abcdef";
  std::string text;
  for (unsigned char byte : bytes) text += hex[byte & 15];
  return text;
}

std::string random_uuid() {
  std::string hex = random_hex(32);
  hex[12] = '4';
  hex[16] = "89ab"[(hex[16] <= '9' ? hex[16] - '0' : hex[16] - 'a' + 10) & 3];
  return hex.substr(0, 8) + '-' + hex.substr(8, 4) + '-' + hex.substr(12, 4) + '-' + hex.substr(16, 4) + '-' +
         hex.substr(20);
}

std::string new_run_id(Date today) {
  std::string date = to_text(today);
  std::erase(date, '-');
  return "RUN" + date + "-" + random_hex(16);
}

}  // namespace backtest
