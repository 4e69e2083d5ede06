// Internet addresses and ranges of them, as settings and headers write them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace backtest {

// 16 bytes; an IPv4 address is the IPv6 one that stands for it (::ffff:a.b.c.d).
using Address = std::array<std::uint8_t, 16>;

// Dotted IPv4 or IPv6, without brackets and port.
std::optional<Address> parse_address(std::string_view text);
// As people write it; what stands for an IPv4 address is written like one.
std::string address_text(const Address& address);

struct AddressRange {
  Address first{};
  int bits = 128;  // of `first` that an address of the range has, too

  bool contains(const Address& address) const;
  std::string text() const;
};

// An address, or a network as ADDRESS/BITS.
std::optional<AddressRange> parse_address_range(std::string_view text);

}  // namespace backtest
