// The one file with Beast: it reads requests. Responses are written as bytes.
#include "edge/http/server/connection.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <ctime>
#include <limits>

#include "base/log.hpp"
#include "base/random_id.hpp"
#include "edge/http/message/content_encoding.hpp"
#include "edge/http/message/cross_origin.hpp"
#include "edge/http/message/request_id.hpp"
#include "edge/http/message/request_rules.hpp"
#include "edge/http/message/response_headers.hpp"
#include "edge/http/server/await_pool.hpp"
#include "edge/http/server/caller_address.hpp"
#include "edge/http/server/client_stream.hpp"
#include "edge/http/server/dispatch.hpp"
#include "edge/http/server/refused_connection.hpp"
#include "edge/http/server/request_counts.hpp"
#include "edge/http/server/server_core.hpp"
#include "edge/http/server/ui_route.hpp"

namespace backtest {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using Clock = std::chrono::steady_clock;
using ErrorCode = boost::system::error_code;
using Parser = http::request_parser<http::string_body>;
using UploadParser = http::request_parser<http::buffer_body>;

constexpr std::size_t slice_size = 64 << 10;  // of a body between two looks at the clock
constexpr auto stream_heartbeat = std::chrono::seconds(15);
constexpr auto linger_time = std::chrono::seconds(2);
constexpr auto goodbye_time = std::chrono::milliseconds(500);
constexpr std::size_t linger_bytes = 1 << 20;
constexpr std::size_t uploaded_linger_bytes = 64 << 20;  // clients that ask for no leave are in the middle of it
constexpr std::size_t idle_buffer_bytes = 16 << 10;
constexpr auto key_wait = std::chrono::seconds(12);
constexpr std::size_t upload_slice = 256 << 10;  // must come within the time of a body

class HttpConnection final : public Connection, public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(ServerCore& core, tcp::socket socket, const ConnectionTable::Peer& peer)
      : core_(core), limits_(core.settings.http), stream_(std::move(socket), core.tls), peer_(peer), wake_(core.io) {
    core_.connections.insert(*this, peer);
    core_.telemetry.connections = static_cast<std::int64_t>(core_.connections.size());
  }
  ~HttpConnection() override {
    core_.connections.erase(*this);
    core_.telemetry.connections = static_cast<std::int64_t>(core_.connections.size());
  }

  asio::awaitable<void> serve() {
    try {
      arm(limits_.header_time);
      if (const ErrorCode error = co_await stream_.shake_hands()) throw boost::system::system_error(error);
      while (co_await serve_one()) {
      }
    } catch (const std::exception& error) {
      log_debug("connection ended", {{"reason", error.what()}});
    }
    if (!timed_out_ && !peer_gone_) {
      arm(goodbye_time);
      co_await stream_.say_goodbye();
    }
    ErrorCode ignored;
    socket_.close(ignored);
  }

  void sweep(Clock::time_point now) override {
    if (now >= deadline_) {
      timed_out_ = true;
      ErrorCode ignored;
      socket_.cancel(ignored);
      wake_.cancel();
    }
    if (!streaming_) return;
    peer_gone_ = stream_.has_peer_left();
    if (peer_gone_ || now - last_write_ > stream_heartbeat) wake_.cancel();
  }

  void close(bool now) override {
    ErrorCode ignored;
    if (now) {
      socket_.close(ignored);
      wake_.cancel();
    } else if (idle_since_) {
      // From now on it is no candidate: it is closed already.
      idle_since_.reset();
      socket_.cancel(ignored);
    }
  }

  std::optional<Clock::time_point> idle_since() const override { return idle_since_; }

 private:
  void arm(std::chrono::milliseconds time) {
    timed_out_ = false;
    deadline_ = Clock::now() + time;
  }
  void disarm() { deadline_ = Clock::time_point::max(); }

  // False when the connection is over.
  asio::awaitable<bool> serve_one() {
    if (buffer_.size() == 0 && !co_await await_request()) co_return false;
    Parser parser;
    parser.header_limit(limits_.header_bytes);
    parser.body_limit(std::numeric_limits<std::uint64_t>::max());
    ErrorCode error;
    arm(limits_.header_time);
    co_await http::async_read_header(stream_, buffer_, parser, asio::redirect_error(asio::use_awaitable, error));
    started_ = Clock::now();
    HttpRequest request;
    request.request_id = random_hex(16);
    if (error) {
      if (timed_out_) core_.telemetry.record_timeout();
      if (const auto refused = header_error(error)) co_await refuse(request, *refused);
      co_return false;
    }
    disarm();
    http_1_0_ = parser.get().version() < 11;
    head_only_ = parser.get().method() == http::verb::head;
    const Route* route = nullptr;
    HttpResponse response = co_await respond(parser, request, route);
    const bool is_read = upload_ ? upload_->is_done() : parser.is_done();
    const bool is_upload = upload_.has_value();
    const bool is_kept_alive = upload_ ? upload_->keep_alive() : parser.keep_alive();
    const bool keep = is_read && !end_uncertain_ && is_kept_alive && !core_.stopping && !response.events;
    const int status = response.status;
    is_stream_ = response.events != nullptr;
    if (response.events) {
      co_await write_stream(request, response);
    } else {
      co_await write_response(request, response, keep);
    }
    log_request(request, route, status);
    leave_request();
    if (!keep && (end_uncertain_ || !is_read)) co_await linger(is_upload ? uploaded_linger_bytes : linger_bytes);
    co_return keep;
  }

  // A connection between two requests holds no more than its first buffer.
  void leave_request() {
    through_proxy_.reset();
    upload_.reset();
    body_memory_ = MemoryShare();
    if (buffer_.size() == 0 && buffer_.capacity() > idle_buffer_bytes) buffer_.shrink_to_fit();
  }

  asio::awaitable<bool> await_request() {
    ErrorCode error;
    arm(limits_.idle_time);
    if (core_.stopping) co_return false;
    idle_since_ = Clock::now();
    const std::size_t size =
        co_await stream_.async_read_some(buffer_.prepare(4096), asio::redirect_error(asio::use_awaitable, error));
    idle_since_.reset();
    buffer_.commit(size);
    co_return !error;
  }

  std::optional<HttpError> header_error(const ErrorCode& error) const {
    if (timed_out_) return HttpError(408, "request_timeout", "the request came too slowly");
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
      return HttpError(431, "header_too_large", "the header of the request is too large");
    }
    const auto read = static_cast<const char*>(buffer_.data().data());
    if (error == http::error::bad_version && asks_for_a_version({read, buffer_.size()})) {
      return HttpError(505, "http_version_not_supported", "only HTTP/1.0 and HTTP/1.1 are spoken here");
    }
    if (error.category() == http::make_error_code(http::error::bad_method).category() &&
        error != http::error::end_of_stream && error != http::error::partial_message) {
      return HttpError(400, "malformed_request", "the request is not HTTP");
    }
    return std::nullopt;
  }

  // An answer to a request whose header could not be read: the connection ends with it.
  asio::awaitable<void> refuse(const HttpRequest& request, const HttpError& error) {
    HttpResponse response = error_response(error, request);
    co_await write_response(request, response, false);
    log_request(request, nullptr, error.status);
    co_await linger();
  }

  asio::awaitable<HttpResponse> respond(Parser& parser, HttpRequest& request, const Route*& route) {
    const auto& message = parser.get();
    request.method = message.method_string();
    for (const auto& field : message) request.headers.emplace_back(field.name_string(), field.value());
    if (!peer_.is_trusted) drop_forwarded_headers(request);
    if (const auto id = request.header("X-Request-Id"); id && is_safe_request_id(*id)) request.request_id = *id;
    if (const auto refused = framing_error(request, http_1_0_)) {
      end_uncertain_ = true;
      co_return error_response(*refused, request);
    }
    auto target = parse_request_target(message.target());
    if (!target) co_return error_response(HttpError(400, "malformed_request", "the target is malformed"), request);
    request.target = std::move(*target);
    if (const auto refused = request_header_error(request, http_1_0_)) co_return error_response(*refused, request);
    if (const auto refused = enter_through_proxy(request)) co_return error_response(*refused, request);
    strip_prefix(request.target, core_.settings.api_prefix);
    RouteMatch match;
    if (!request.target.trailing_slash) match = match_route(all_routes(), request.method, request.target);
    const bool elsewhere = peer_.listener == Listener::metrics && match.route != nullptr &&
                           match.route->pattern != "/metrics" && match.route->pattern != "/healthz";
    if (elsewhere) match = {};
    if (peer_.listener == Listener::api) match_ui_file(core_.settings, request, match);
    route = match.route;
    request.parameters = std::move(match.parameters);

    if (is_preflight(request, core_.settings.cors_origins) && !match.allow.empty()) {
      co_return preflight_response(match.allow, core_.settings.auth.api_key_header);
    }
    Access access = needed_access(core_.settings, route, request.target);
    if (peer_.listener == Listener::metrics) access = Access::open;
    const bool is_submission = route != nullptr && route->access == Access::write &&
                               (route->pattern == "/backtests" || route->receive != nullptr);
    if (access != Access::open) {
      if (const auto refused = core_.rates.refuse_address(request, is_submission, started_)) {
        co_return error_response(*refused, request);
      }
      if (auto refused = co_await authenticate(request, access)) co_return error_response(*refused, request);
      if (const auto refused = core_.rates.refuse_caller(request, is_submission, started_)) {
        co_return error_response(*refused, request);
      }
    }
    if (route != nullptr && route->receive != nullptr) co_return co_await upload(parser, *route, request);
    if (auto refused = co_await read_body(parser, request)) co_return error_response(*refused, request);
    if (route == nullptr) co_return unmatched_response(match, request);
    if (route->execution == Execution::immediate) co_return call_handler(core_.context, *route, request);
    co_return co_await call_on_pool(*route, request);
  }

  // Behind a proxy that speaks for many, callers have as many requests under way as others have connections.
  std::optional<HttpError> enter_through_proxy(HttpRequest& request) {
    const Address caller = caller_address(request, peer_.address, core_.settings.trusted_proxies);
    request.address = address_text(caller);
    if (peer_.listener != Listener::api || caller == peer_.address) return std::nullopt;
    const auto found = core_.requests_through_proxies.find(caller);
    if (found != core_.requests_through_proxies.end() && found->second >= core_.connections.limits().per_address) {
      return HttpError(503, "too_many_connections", "too many requests of this address are under way")
          .with_header("Retry-After", "1");
    }
    through_proxy_.emplace(core_, caller);
    return std::nullopt;
  }

  asio::awaitable<std::optional<HttpError>> authenticate(HttpRequest& request, Access access) {
    const auto give_up = Clock::now() + key_wait;
    for (const std::uint64_t refreshes = core_.key_refreshes;;) {
      const bool has_waited = core_.key_refreshes != refreshes;
      auto outcome = core_.authenticator->authenticate(request, access, std::time(nullptr), has_waited);
      if (auto* principal = std::get_if<Principal>(&outcome)) {
        request.principal = std::move(*principal);
        co_return std::nullopt;
      }
      if (auto* refused = std::get_if<HttpError>(&outcome)) co_return std::move(*refused);
      if (Clock::now() > give_up) {
        co_return HttpError(502, "identity_provider_unavailable", "the identity provider does not answer")
            .with_header("Retry-After", "5");
      }
      ErrorCode ignored;
      co_await core_.keys_refreshed.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
  }

  asio::awaitable<std::optional<HttpError>> read_body(Parser& parser, HttpRequest& request) {
    if (parser.is_done()) co_return std::nullopt;
    const auto too_large = [&] {
      return HttpError(413, "body_too_large",
                       "the body has more than " + std::to_string(limits_.body_bytes) + " bytes");
    };
    if (const auto length = parser.content_length(); length && *length > limits_.body_bytes) co_return too_large();
    parser.body_limit(limits_.body_bytes);
    ErrorCode error;
    arm(limits_.body_time);
    if (auto refused = co_await let_go_on(request, error)) co_return refused;
    body_memory_ = MemoryShare(core_.body_memory);
    bool has_room = true;
    for (std::uint64_t held = 0; !error && has_room && !parser.is_done();) {
      co_await http::async_read_some(stream_, buffer_, parser, asio::redirect_error(asio::use_awaitable, error));
      const std::uint64_t needed = buffer_.capacity() + 2 * parser.get().body().size();  // a text grows by doubling
      has_room = needed <= held || body_memory_.add(needed - held);
      held = std::max(held, needed);
    }
    const bool timed_out = timed_out_;
    disarm();
    if (!has_room) {
      co_return HttpError(503, "out_of_memory", "too many bodies are being read; try again later")
          .with_header("Retry-After", "5");
    }
    if (error == http::error::body_limit) co_return too_large();
    if (error) co_return body_error(timed_out);
    request.body = std::move(parser.get().body());
    co_return std::nullopt;
  }

  HttpError body_error(bool timed_out) {
    if (!timed_out) return HttpError(400, "malformed_request", "the body is malformed or ended early");
    core_.telemetry.record_timeout();
    return HttpError(408, "request_timeout", "the body came too slowly");
  }

  // A client that waits for it sends its body now.
  asio::awaitable<std::optional<HttpError>> let_go_on(const HttpRequest& request, ErrorCode& error) {
    const auto expect = request.header("Expect");
    if (!expect) co_return std::nullopt;
    if (!equal_ignoring_case(*expect, "100-continue")) {
      co_return HttpError(417, "expectation_failed", "only 100-continue can be expected");
    }
    if (http_1_0_) co_return std::nullopt;
    constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    co_await asio::async_write(stream_, asio::buffer(go_on), asio::redirect_error(asio::use_awaitable, error));
    co_return std::nullopt;
  }

  HttpResponse busy(const HttpRequest& request, const char* what) const {
    return error_response(HttpError(503, "busy", what).with_header("Retry-After", "1"), request);
  }

  // A body that is received part by part, each on the pool before the next is read.
  asio::awaitable<HttpResponse> upload(Parser& parser, const Route& route, HttpRequest& request) {
    if (core_.uploads >= ServerCore::most_uploads) {
      co_return busy(request, "too many uploads are under way; try again later");
    }
    const UploadCount count(core_);
    upload_.emplace(std::move(parser));
    auto refused = co_await on_pool(core_, core_.upload_pool, [&] {
      return refusal_of(route, request, [&] { request.receiver = route.receive(core_.context, request); });
    });
    if (!refused) co_return busy(request, "too many requests wait already; try again later");
    if (*refused) co_return std::move(**refused);
    ErrorCode error;
    arm(limits_.body_time);
    if (const auto unexpected = co_await let_go_on(request, error)) co_return error_response(*unexpected, request);
    for (std::string slice(upload_slice, '\0'); !error && !upload_->is_done();) {
      const std::size_t filled = co_await fill(slice, error);
      if (error || filled == 0) continue;
      refused = co_await on_pool(core_, core_.upload_pool, [&] {
        return refusal_of(route, request,
                          [&] { request.receiver->receive(std::string_view(slice).substr(0, filled)); });
      });
      if (!refused) co_return busy(request, "the disk does not keep up; try again later");
      if (*refused) co_return std::move(**refused);
    }
    if (error) co_return error_response(body_error(timed_out_), request);
    co_return co_await call_on_pool(route, request);
  }

  // The next part of an upload's body, a whole slice or what is left; not waiting any more where it came.
  asio::awaitable<std::size_t> fill(std::string& slice, ErrorCode& error) {
    auto& body = upload_->get().body();
    body.data = slice.data();
    body.size = slice.size();
    arm(limits_.body_time);
    while (!error && body.size > 0 && !upload_->is_done()) {
      co_await http::async_read_some(stream_, buffer_, *upload_, asio::redirect_error(asio::use_awaitable, error));
      if (error == http::error::need_buffer) error = {};
    }
    if (!error) disarm();
    co_return slice.size() - body.size;
  }

  asio::awaitable<HttpResponse> call_on_pool(const Route& route, const HttpRequest& request) {
    WorkPool& pool = route.execution == Execution::committing  ? core_.commit_pool
                     : route.execution == Execution::scrape    ? core_.scrape_pool
                     : route.execution == Execution::uploading ? core_.upload_pool
                                                               : core_.pool;
    auto response =
        co_await on_pool(core_, pool, [this, &route, &request] { return call_handler(core_.context, route, request); });
    if (response) co_return std::move(*response);
    co_return busy(request, "too many requests wait already; try again later");
  }

  void finish_headers(const HttpRequest& request, HttpResponse& response) {
    response.set("X-Request-Id", request.request_id);
    add_security_headers(request, response, core_.settings.content_security_policy);
    add_cross_origin_headers(request, response, core_.settings.cors_origins);
  }

  asio::awaitable<void> write_bytes(std::string_view first, std::string_view second = {}) {
    arm(limits_.write_time);
    const std::array<asio::const_buffer, 2> buffers = {asio::buffer(first), asio::buffer(second)};
    co_await asio::async_write(stream_, buffers, asio::use_awaitable);
    last_write_ = Clock::now();
    disarm();
  }

  asio::awaitable<void> write_response(const HttpRequest& request, HttpResponse& response, bool keep) {
    finish_headers(request, response);
    HeadOptions options{.keep_alive = keep, .http_1_0 = http_1_0_};
    const bool empty = response.status == 204 || response.status == 304;
    options.framing = empty ? BodyFraming::none : BodyFraming::length;
    options.length = response.body.size();
    if (response.source) {
      options.length = response.source_size.value_or(0);
      if (!response.source_size) options.framing = http_1_0_ ? BodyFraming::until_close : BodyFraming::chunked;
    }
    if (options.framing == BodyFraming::until_close) options.keep_alive = false;
    const std::string head = response_head(response, options);
    if (empty || head_only_) {
      co_await write_bytes(head);
    } else if (response.source) {
      co_await write_bytes(head);
      co_await write_source(request, *response.source, options);
    } else {
      std::string_view body = response.body;
      co_await write_bytes(head, body.substr(0, slice_size));
      for (body.remove_prefix(std::min(slice_size, body.size())); !body.empty();
           body.remove_prefix(std::min(slice_size, body.size()))) {
        co_await write_bytes(body.substr(0, slice_size));
      }
    }
    if (options.framing == BodyFraming::until_close) throw std::runtime_error("the end of the body closes");
  }

  asio::awaitable<void> write_chunk(std::string_view bytes) {
    char size[20];
    const int length = std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
    std::string chunk(size, static_cast<std::size_t>(length));
    chunk.append(bytes).append("\r\n");
    co_await write_bytes(chunk);
  }

  asio::awaitable<void> write_source(const HttpRequest& request, BodySource& source, const HeadOptions& options) {
    std::uint64_t left =
        options.framing == BodyFraming::length ? options.length : std::numeric_limits<std::uint64_t>::max();
    while (left > 0) {
      auto part = co_await on_pool(core_, core_.pool, [&request, &source, left] {
        std::string bytes(slice_size, '\0');
        try {
          bytes.resize(source.read(bytes.data(), static_cast<std::size_t>(std::min<std::uint64_t>(left, slice_size))));
        } catch (const std::exception& error) {
          // The head is out: all that is left is to end the connection before the body's end.
          log_error("an artifact was not sent to its end",
                    {{"request_id", request.request_id}, {"reason", error.what()}});
          throw;
        }
        return bytes;
      });
      // A pool that is full for the moment is waited for: the head is out, no other answer is possible.
      if (!part) {
        wake_.expires_after(std::chrono::milliseconds(20));
        ErrorCode ignored;
        co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        continue;
      }
      if (part->empty()) break;
      if (options.framing == BodyFraming::chunked) {
        co_await write_chunk(*part);
      } else {
        co_await write_bytes(*part);
      }
      left -= part->size();
    }
    if (options.framing == BodyFraming::length && left > 0) throw std::runtime_error("a body ended early");
    if (options.framing == BodyFraming::chunked) co_await write_bytes("0\r\n\r\n");
  }

  asio::awaitable<void> write_stream(const HttpRequest& request, HttpResponse& response) {
    if (core_.streams >= limits_.streams) {
      HttpResponse refused =
          error_response(HttpError(503, "too_many_streams", "too many event streams are open; read the status instead")
                             .with_header("Retry-After", "10"),
                         request);
      co_await write_response(request, refused, false);
      co_return;
    }
    finish_headers(request, response);
    const BodyFraming framing = http_1_0_ ? BodyFraming::until_close : BodyFraming::chunked;
    co_await write_bytes(response_head(response, {.framing = framing, .keep_alive = false, .http_1_0 = http_1_0_}));
    if (head_only_) co_return;
    const StreamCount count(core_);
    const auto self = weak_from_this();
    const auto listener = core_.watcher.listen(*response.events, [self] {
      if (const auto connection = self.lock()) connection->wake_.cancel();
    });
    streaming_ = true;
    co_await write_events(*listener, request.principal.expires_at_s);
    streaming_ = false;
    if (framing == BodyFraming::chunked && !peer_gone_) co_await write_bytes("0\r\n\r\n");
  }

  asio::awaitable<void> write_events(RunListener& listener, std::optional<std::int64_t> expires_at_s) {
    while (!peer_gone_ && socket_.is_open()) {
      std::string text;
      for (; !listener.messages.empty(); listener.messages.pop_front()) text += *listener.messages.front();
      if (listener.progress) text += *std::exchange(listener.progress, nullptr);
      if (text.empty() && (listener.finished || core_.stopping)) co_return;
      // A token's stream ends with the token.
      if (expires_at_s && std::time(nullptr) >= *expires_at_s) co_return;
      if (text.empty() && Clock::now() - last_write_ > stream_heartbeat) text = ": still here\n\n";
      if (!text.empty()) {
        if (http_1_0_) {
          co_await write_bytes(text);
        } else {
          co_await write_chunk(text);
        }
        continue;
      }
      wake_.expires_at(expires_at_s ? Clock::now() + std::chrono::seconds(1) : Clock::time_point::max());
      ErrorCode ignored;
      co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
  }

  // Reads on for a moment, so that the peer sees the answer and not a reset.
  asio::awaitable<void> linger(std::size_t most_bytes = linger_bytes) {
    ErrorCode error;
    arm(linger_time);
    co_await stream_.say_goodbye();
    socket_.shutdown(tcp::socket::shutdown_send, error);
    std::array<char, 16384> scratch{};
    for (std::size_t size = 0; !error && !timed_out_ && size < most_bytes;) {
      size += co_await socket_.async_read_some(asio::buffer(scratch), asio::redirect_error(asio::use_awaitable, error));
    }
  }

  void log_request(const HttpRequest& request, const Route* route, int status) {
    const Clock::duration duration = Clock::now() - started_;
    const std::string_view pattern = route != nullptr ? route->pattern : "none";
    // A client may invent methods; telemetry counts those under one word.
    const std::string_view method = route == nullptr ? "other" : head_only_ ? "HEAD" : route->method;
    core_.telemetry.record_request(pattern, method, status, is_stream_ ? std::nullopt : std::optional(duration));
    const bool probe = route != nullptr && (pattern == "/healthz" || pattern == "/readyz" || pattern == "/metrics");
    const LogLevel level = status >= 500 && !probe ? LogLevel::warning : probe ? LogLevel::debug : LogLevel::info;
    if (!log_enabled(level)) return;
    std::string_view run_id;
    for (const auto& [name, value] : request.parameters) {
      if (name == "run_id") run_id = value;
    }
    log_event(level, "request",
              {{"request_id", request.request_id},
               {"method", method},
               {"route", pattern},
               {"run_id", run_id.substr(0, 64)},
               {"status", status},
               {"milliseconds", std::chrono::duration<double, std::milli>(duration).count()}});
  }

  ServerCore& core_;
  const HttpLimits& limits_;
  ClientStream stream_;
  tcp::socket& socket_ = stream_.socket();
  const ConnectionTable::Peer peer_;
  asio::steady_timer wake_;
  beast::flat_buffer buffer_{256 << 10};
  std::optional<Clock::time_point> idle_since_;
  std::optional<ThroughProxy> through_proxy_;
  std::optional<UploadParser> upload_;  // in place of the one that read the header
  MemoryShare body_memory_;
  Clock::time_point deadline_ = Clock::time_point::max();
  Clock::time_point started_{};
  Clock::time_point last_write_ = Clock::now();
  bool timed_out_ = false;
  bool is_stream_ = false;  // the answer to the last request
  bool streaming_ = false;
  bool peer_gone_ = false;
  bool http_1_0_ = false;
  bool head_only_ = false;
  bool end_uncertain_ = false;  // of the request: nothing is read after it
};

}  // namespace

void serve_connection(ServerCore& core, tcp::socket socket, Listener listener) {
  ErrorCode error;
  const tcp::endpoint remote = socket.remote_endpoint(error);
  if (error) return;  // gone already
  ConnectionTable::Peer peer{.listener = listener};
  peer.address = parse_address(remote.address().to_string()).value_or(Address{});
  peer.is_trusted = is_trusted(peer.address, core.settings.trusted_proxies);
  if (!core.connections.make_room(peer)) {
    refuse_connection(core, socket);
    return;
  }
  socket.set_option(tcp::no_delay(true), error);
  auto connection = std::make_shared<HttpConnection>(core, std::move(socket), peer);
  asio::co_spawn(core.io, [connection]() -> asio::awaitable<void> { co_await connection->serve(); }, asio::detached);
}

}  // namespace backtest
