#include "edge/http/server/caller_address.hpp"

#include <algorithm>

#include "base/ascii_text.hpp"

namespace backtest {

namespace {

// An address as proxies write it: with a port behind it, an IPv6 one in brackets then.
std::optional<Address> forwarded_address(std::string_view text) {
  if (text.starts_with('[')) return parse_address(text.substr(1, std::min(text.find(']'), text.size()) - 1));
  if (std::ranges::count(text, ':') == 1) text = text.substr(0, text.find(':'));
  return parse_address(text);
}

}  // namespace

bool is_trusted(const Address& address, const std::vector<AddressRange>& proxies) {
  return std::ranges::any_of(proxies, [&](const AddressRange& range) { return range.contains(address); });
}

Address caller_address(const HttpRequest& request, const Address& peer, const std::vector<AddressRange>& proxies) {
  if (!is_trusted(peer, proxies)) return peer;
  std::vector<std::string> hops;
  for (const auto& [name, value] : request.headers) {
    if (!equal_ignoring_case(name, "X-Forwarded-For")) continue;
    for (std::string& hop : comma_list(value)) hops.push_back(std::move(hop));
  }
  Address caller = peer;
  for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
    const auto address = forwarded_address(*hop);
    if (!address) break;
    caller = *address;
    if (!is_trusted(caller, proxies)) break;
  }
  return caller;
}

void drop_forwarded_headers(HttpRequest& request) {
  constexpr std::string_view prefix = "X-Forwarded-";
  std::erase_if(request.headers,
                [&](const auto& header) { return equal_ignoring_case(header.first.substr(0, prefix.size()), prefix); });
}

}  // namespace backtest
