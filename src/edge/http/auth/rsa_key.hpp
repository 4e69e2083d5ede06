// RSA public keys and RS256 signatures, on OpenSSL.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace backtest {

class RsaKey {
 public:
  // Modulus and exponent as big-endian bytes. Null for what is no key of 2048 to 8192 bits.
  static std::shared_ptr<const RsaKey> from_numbers(std::string_view modulus, std::string_view exponent);
  ~RsaKey();
  RsaKey(const RsaKey&) = delete;
  RsaKey& operator=(const RsaKey&) = delete;

  bool verifies_rs256(std::string_view signed_text, std::string_view signature) const;

 private:
  explicit RsaKey(void* key) : key_(key) {}
  void* key_;  // EVP_PKEY
};

}  // namespace backtest
