// Whose request it is, when proxies stand between: the right-most address of X-Forwarded-For that is no trusted
// proxy's, because each proxy appends whom it heard and everything further left is what the caller claims.
#pragma once

#include <vector>

#include "edge/http/message/http_message.hpp"
#include "settings/address_range.hpp"

namespace backtest {

bool is_trusted(const Address& address, const std::vector<AddressRange>& proxies);

// `peer` is the connection's. For a peer that is no proxy, nothing that the request says counts.
Address caller_address(const HttpRequest& request, const Address& peer, const std::vector<AddressRange>& proxies);

// Takes the X-Forwarded-* headers out of a request whose peer may not send them.
void drop_forwarded_headers(HttpRequest& request);

}  // namespace backtest
