#include "edge/http/server/request_reader.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <limits>

#include "base/random_id.hpp"
#include "edge/http/message/request_rules.hpp"

namespace backtest {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr std::size_t largest_buffer = 256 << 10;
constexpr std::size_t idle_buffer_bytes = 16 << 10;
constexpr std::size_t first_read = 4096;
constexpr std::size_t first_body_bytes = 16 << 10;

}  // namespace

struct RequestReader::Parsing {
  beast::flat_buffer buffer{largest_buffer};
  // The body goes where read_some() says, so that nobody but this class allocates for it.
  std::optional<http::request_parser<http::buffer_body>> parser;
};

RequestReader::RequestReader(ServerCore& core, ClientStream& stream, Deadline& deadline)
    : core_(core),
      limits_(core.settings.http),
      stream_(stream),
      deadline_(deadline),
      parsing_(std::make_unique<Parsing>()) {}

RequestReader::~RequestReader() = default;

bool RequestReader::has_bytes() const {
  return parsing_->buffer.size() > 0;
}

asio::awaitable<bool> RequestReader::await_bytes() {
  ErrorCode error;
  beast::flat_buffer& buffer = parsing_->buffer;
  const std::size_t size =
      co_await stream_.async_read_some(buffer.prepare(first_read), asio::redirect_error(asio::use_awaitable, error));
  buffer.commit(size);
  co_return !error;
}

asio::awaitable<RequestReader::Head> RequestReader::read_head(ServedRequest& served,
                                                              std::optional<HttpError>& refused) {
  auto& parser = parsing_->parser.emplace();
  parser.header_limit(limits_.header_bytes);
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());
  ErrorCode error;
  deadline_.arm(limits_.header_time);
  co_await http::async_read_header(stream_, parsing_->buffer, parser, asio::redirect_error(asio::use_awaitable, error));
  served.started = Deadline::Clock::now();
  served.request.request_id = random_hex(16);
  if (error) {
    if (deadline_.has_passed()) core_.telemetry.record_timeout();
    refused = head_error(error);
    co_return refused ? Head::refused : Head::ended;
  }
  deadline_.disarm();
  const auto& message = parser.get();
  served.http_1_0 = message.version() < 11;
  served.head_only = message.method() == http::verb::head;
  served.request.method = message.method_string();
  for (const auto& field : message) served.request.headers.emplace_back(field.name_string(), field.value());
  co_return Head::read;
}

std::optional<HttpError> RequestReader::head_error(const ErrorCode& error) const {
  if (deadline_.has_passed()) return HttpError(408, "request_timeout", "the request came too slowly");
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return HttpError(431, "header_too_large", "the header of the request is too large");
  }
  const auto read = static_cast<const char*>(parsing_->buffer.data().data());
  if (error == http::error::bad_version && asks_for_a_version({read, parsing_->buffer.size()})) {
    return HttpError(505, "http_version_not_supported", "only HTTP/1.0 and HTTP/1.1 are spoken here");
  }
  if (error.category() == http::make_error_code(http::error::bad_method).category() &&
      error != http::error::end_of_stream && error != http::error::partial_message) {
    return HttpError(400, "malformed_request", "the request is not HTTP");
  }
  return std::nullopt;
}

std::string_view RequestReader::target() const {
  return parsing_->parser->get().target();
}

asio::awaitable<std::optional<HttpError>> RequestReader::read_body(ServedRequest& served) {
  auto& parser = *parsing_->parser;
  if (parser.is_done()) co_return std::nullopt;
  const auto too_large = [&] {
    return HttpError(413, "body_too_large", "the body has more than " + std::to_string(limits_.body_bytes) + " bytes");
  };
  const auto length = parser.content_length();
  if (length && *length > limits_.body_bytes) co_return too_large();
  parser.body_limit(limits_.body_bytes);
  ErrorCode error;
  deadline_.arm(limits_.body_time);
  if (auto refused = co_await let_body_come(served, error)) co_return refused;
  served.body_memory = MemoryShare(core_.body_memory);
  std::string& body = served.request.body;
  std::size_t filled = 0;
  bool has_room = true;
  for (std::uint64_t held = 0; !error && has_room && !parser.is_done();) {
    // Grown as it comes: the length is only what the client says.
    if (filled == body.size()) {
      const std::uint64_t wanted = std::max(first_body_bytes, 2 * filled);
      body.resize(length ? std::min(*length, wanted) : wanted);
    }
    filled += co_await read_some(body.data() + filled, body.size() - filled, error);
    const std::uint64_t needed = parsing_->buffer.capacity() + 2 * filled;
    has_room = needed <= held || served.body_memory.add(needed - held);
    held = std::max(held, needed);
  }
  body.resize(filled);
  deadline_.disarm();
  if (!has_room) {
    co_return HttpError(503, "out_of_memory", "too many bodies are being read; try again later")
        .with_header("Retry-After", "5");
  }
  if (error == http::error::body_limit) co_return too_large();
  if (error) co_return body_error();
  co_return std::nullopt;
}

// How many bytes of the body came.
asio::awaitable<std::size_t> RequestReader::read_some(char* data, std::size_t size, ErrorCode& error) {
  auto& body = parsing_->parser->get().body();
  body.data = data;
  body.size = size;
  co_await http::async_read_some(stream_, parsing_->buffer, *parsing_->parser,
                                 asio::redirect_error(asio::use_awaitable, error));
  if (error == http::error::need_buffer) error = {};  // all of `data` is filled
  co_return size - body.size;
}

HttpError RequestReader::body_error() {
  if (!deadline_.has_passed()) return HttpError(400, "malformed_request", "the body is malformed or ended early");
  core_.telemetry.record_timeout();
  return HttpError(408, "request_timeout", "the body came too slowly");
}

asio::awaitable<std::optional<HttpError>> RequestReader::begin_parts(const ServedRequest& served, ErrorCode& error) {
  deadline_.arm(limits_.body_time);
  return let_body_come(served, error);
}

asio::awaitable<std::size_t> RequestReader::read_part(std::string& part, ErrorCode& error) {
  std::size_t filled = 0;
  deadline_.arm(limits_.body_time);
  while (!error && filled < part.size() && !is_done()) {
    filled += co_await read_some(part.data() + filled, part.size() - filled, error);
  }
  if (!error) deadline_.disarm();
  co_return filled;
}

// A client that waits for it sends its body now.
asio::awaitable<std::optional<HttpError>> RequestReader::let_body_come(const ServedRequest& served, ErrorCode& error) {
  const auto expect = served.request.header("Expect");
  if (!expect) co_return std::nullopt;
  if (!equal_ignoring_case(*expect, "100-continue")) {
    co_return HttpError(417, "expectation_failed", "only 100-continue can be expected");
  }
  if (served.http_1_0) co_return std::nullopt;
  constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
  co_await asio::async_write(stream_, asio::buffer(go_on), asio::redirect_error(asio::use_awaitable, error));
  co_return std::nullopt;
}

bool RequestReader::is_done() const {
  return parsing_->parser->is_done();
}

bool RequestReader::keep_alive() const {
  return parsing_->parser->keep_alive();
}

void RequestReader::shrink() {
  beast::flat_buffer& buffer = parsing_->buffer;
  if (buffer.size() == 0 && buffer.capacity() > idle_buffer_bytes) buffer.shrink_to_fit();
}

}  // namespace backtest
