#include "edge/http/server/tls_context.hpp"

#include <openssl/ssl.h>

#include <boost/system/error_code.hpp>
#include <stdexcept>
#include <string>

namespace backtest {

TlsContext read_tls_context(const TlsSettings& settings) {
  namespace ssl = boost::asio::ssl;
  const auto require = [](const boost::system::error_code& error, const char* variable, const std::string& file) {
    if (!error) return;
    throw std::runtime_error(std::string(variable) + ": cannot use " + file + ": " + error.message());
  };
  const auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // A connection that waits keeps no buffers.
  SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  boost::system::error_code error;
  context->use_certificate_chain_file(settings.certificate_file, error);
  require(error, "BACKTEST_TLS_CERTIFICATE_FILE", settings.certificate_file);
  // Fails as well where it is the key of another certificate.
  context->use_private_key_file(settings.key_file, ssl::context::pem, error);
  require(error, "BACKTEST_TLS_KEY_FILE", settings.key_file);
  return context;
}

}  // namespace backtest
