// What a server shows its clients in TLS: its certificate and the key to it.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "settings/settings.hpp"

namespace backtest {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

// TLS 1.2 and later. Throws std::runtime_error that names the variable whose file is missing, malformed, or does not
// belong to the other.
TlsContext read_tls_context(const TlsSettings& settings);

}  // namespace backtest
