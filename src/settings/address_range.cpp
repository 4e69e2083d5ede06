#include "settings/address_range.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace backtest {

namespace {

constexpr std::array<std::uint8_t, 12> mapped_ipv4 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr int mapped_bits = 96;

bool is_ipv4(const Address& address) {
  return std::equal(mapped_ipv4.begin(), mapped_ipv4.end(), address.begin());
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  const std::string terminated(text);
  Address address{};
  if (inet_pton(AF_INET6, terminated.c_str(), address.data()) == 1) return address;
  std::ranges::copy(mapped_ipv4, address.begin());
  if (inet_pton(AF_INET, terminated.c_str(), address.data() + mapped_ipv4.size()) == 1) return address;
  return std::nullopt;
}

std::string address_text(const Address& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (is_ipv4(address)) {
    inet_ntop(AF_INET, address.data() + mapped_ipv4.size(), text, sizeof text);
  } else {
    inet_ntop(AF_INET6, address.data(), text, sizeof text);
  }
  return text;
}

bool AddressRange::contains(const Address& address) const {
  for (int bit = 0; bit < bits; bit += 8) {
    const int here = std::min(bits - bit, 8);
    const auto mask = static_cast<std::uint8_t>(0xFF << (8 - here));
    const auto byte = static_cast<std::size_t>(bit / 8);
    if (((address[byte] ^ first[byte]) & mask) != 0) return false;
  }
  return true;
}

std::string AddressRange::text() const {
  if (bits == 128) return address_text(first);
  return address_text(first) + "/" + std::to_string(is_ipv4(first) && bits >= mapped_bits ? bits - mapped_bits : bits);
}

std::optional<AddressRange> parse_address_range(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const auto first = parse_address(text.substr(0, slash));
  if (!first) return std::nullopt;
  AddressRange range{.first = *first};
  if (slash == text.size()) return range;
  const bool ipv4 = text.substr(0, slash).find(':') == std::string_view::npos;
  const std::string_view digits = text.substr(slash + 1);
  int bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc{} || end != digits.data() + digits.size() || bits < 0 || bits > (ipv4 ? 32 : 128)) {
    return std::nullopt;
  }
  range.bits = ipv4 ? bits + mapped_bits : bits;
  return range;
}

}  // namespace backtest
