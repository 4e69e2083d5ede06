// Tests only: an OIDC provider in this process. It has an RSA key, serves its discovery document and its key set over
// HTTP on loopback, counts how often they are fetched, and signs tokens.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <ctime>
#include <mutex>
#include <string>
#include <thread>

#include "base/json.hpp"
#include "edge/http/message/base64url.hpp"

namespace backtest {

class SigningKey {
 public:
  explicit SigningKey(std::string key_id, unsigned bits = 2048) : id(std::move(key_id)), key_(EVP_RSA_gen(bits)) {}
  ~SigningKey() { EVP_PKEY_free(key_); }
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;

  json::object jwk() const {
    return {{"kty", "RSA"},
            {"use", "sig"},
            {"kid", id},
            {"n", number(OSSL_PKEY_PARAM_RSA_N)},
            {"e", number(OSSL_PKEY_PARAM_RSA_E)}};
  }
  std::string sign(const std::string& text) const {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    std::string signature(1024, '\0');
    std::size_t size = signature.size();
    EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key_);
    EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                   reinterpret_cast<const unsigned char*>(text.data()), text.size());
    EVP_MD_CTX_free(context);
    signature.resize(size);
    return signature;
  }
  std::string token(const json::object& claims, const json::object& more_header = {}) const {
    json::object header = {{"alg", "RS256"}, {"kid", id}};
    for (const auto& [name, value] : more_header) header[name] = value;
    const std::string text = base64url_encoded(json_text(header)) + "." + base64url_encoded(json_text(claims));
    return text + "." + base64url_encoded(sign(text));
  }

  const std::string id;

 private:
  std::string number(const char* parameter) const {
    BIGNUM* value = nullptr;
    EVP_PKEY_get_bn_param(key_, parameter, &value);
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
    BN_bn2bin(value, reinterpret_cast<unsigned char*>(bytes.data()));
    BN_free(value);
    return base64url_encoded(bytes);
  }
  EVP_PKEY* key_;
};

class TestProvider {
 public:
  TestProvider() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    listen(socket_, 64);
    socklen_t size = sizeof address;
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~TestProvider() {
    stopping_ = true;
    thread_.join();
    close(socket_);
  }

  std::string issuer() const { return "http://127.0.0.1:" + std::to_string(port_) + "/tenant"; }
  void publish(json::array keys) {
    const std::lock_guard lock(mutex_);
    keys_ = json_text(json::object{{"keys", std::move(keys)}});
  }

  std::atomic<int> key_fetches = 0;
  std::atomic<bool> broken = false;

 private:
  void serve() {
    while (!stopping_) {
      pollfd waiting{.fd = socket_, .events = POLLIN, .revents = 0};
      if (poll(&waiting, 1, 20) <= 0) continue;
      const int client = accept(socket_, nullptr, nullptr);
      char buffer[4096];
      const ssize_t size = recv(client, buffer, sizeof buffer, 0);
      const std::string request(buffer, size > 0 ? static_cast<std::size_t>(size) : 0);
      std::string body;
      if (request.starts_with("GET /tenant/.well-known/openid-configuration ")) {
        body = json_text(json::object{{"issuer", issuer()}, {"jwks_uri", issuer() + "/keys"}});
      } else if (request.starts_with("GET /tenant/keys ")) {
        ++key_fetches;
        const std::lock_guard lock(mutex_);
        body = keys_;
      }
      std::string answer = broken || body.empty() ? "HTTP/1.1 500 Broken\r\n" : "HTTP/1.1 200 OK\r\n";
      answer += "Connection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
      send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
      close(client);
    }
  }

  int socket_;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::string keys_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace backtest
