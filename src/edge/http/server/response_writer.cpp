#include "edge/http/server/response_writer.hpp"

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <limits>
#include <stdexcept>

#include "base/log.hpp"
#include "edge/http/message/cross_origin.hpp"
#include "edge/http/server/await_pool.hpp"

namespace backtest {

namespace {

namespace asio = boost::asio;

constexpr std::size_t slice_size = 64 << 10;  // of a body between two looks at the clock
constexpr auto full_pool_pause = std::chrono::milliseconds(20);

HeadOptions head_options(const ServedRequest& served, const HttpResponse& response, bool keep) {
  HeadOptions options{.keep_alive = keep, .http_1_0 = served.http_1_0};
  const bool empty = response.status == 204 || response.status == 304;
  options.framing = empty ? BodyFraming::none : BodyFraming::length;
  options.length = response.body.size();
  if (response.source) {
    options.length = response.source_size.value_or(0);
    if (!response.source_size) options.framing = served.http_1_0 ? BodyFraming::until_close : BodyFraming::chunked;
  }
  if (options.framing == BodyFraming::until_close) options.keep_alive = false;
  return options;
}

// The next bytes of a body, at most `most`; none at its end.
std::string next_part(const HttpRequest& request, BodySource& source, std::uint64_t most) {
  std::string bytes(slice_size, '\0');
  try {
    bytes.resize(source.read(bytes.data(), static_cast<std::size_t>(std::min<std::uint64_t>(most, slice_size))));
  } catch (const std::exception& error) {
    // The head is out: all that is left is to end the connection before the body's end.
    log_error("an artifact was not sent to its end", {{"request_id", request.request_id}, {"reason", error.what()}});
    throw;
  }
  return bytes;
}

}  // namespace

std::string ResponseWriter::finished_head(const HttpRequest& request, HttpResponse& response,
                                          const HeadOptions& options) const {
  response.set("X-Request-Id", request.request_id);
  add_security_headers(request, response, core_.settings.content_security_policy);
  add_cross_origin_headers(request, response, core_.settings.cors_origins);
  return response_head(response, options);
}

asio::awaitable<void> ResponseWriter::write_bytes(std::string_view first, std::string_view second) {
  deadline_.arm(core_.settings.http.write_time);
  const std::array<asio::const_buffer, 2> buffers = {asio::buffer(first), asio::buffer(second)};
  co_await asio::async_write(stream_, buffers, asio::use_awaitable);
  last_write_ = Deadline::Clock::now();
  deadline_.disarm();
}

asio::awaitable<void> ResponseWriter::write(ServedRequest& served, HttpResponse& response, bool keep) {
  const HeadOptions options = head_options(served, response, keep);
  const std::string head = finished_head(served.request, response, options);
  served.answer_begun = true;
  if (options.framing == BodyFraming::none || served.head_only) {
    co_await write_bytes(head);
  } else if (response.source) {
    co_await write_bytes(head);
    co_await write_source(served.request, *response.source, options);
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

asio::awaitable<void> ResponseWriter::write_head(ServedRequest& served, HttpResponse& response,
                                                 const HeadOptions& options) {
  const std::string head = finished_head(served.request, response, options);
  served.answer_begun = true;
  co_await write_bytes(head);
}

asio::awaitable<void> ResponseWriter::write_piece(std::string_view bytes, BodyFraming framing) {
  if (framing != BodyFraming::chunked) {
    co_await write_bytes(bytes);
    co_return;
  }
  char size[20];
  const int length = std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  std::string chunk(size, static_cast<std::size_t>(length));
  chunk.append(bytes).append("\r\n");
  co_await write_bytes(chunk);
}

asio::awaitable<void> ResponseWriter::write_end(BodyFraming framing) {
  if (framing == BodyFraming::chunked) co_await write_bytes("0\r\n\r\n");
}

asio::awaitable<void> ResponseWriter::write_source(const HttpRequest& request, BodySource& source,
                                                   const HeadOptions& options) {
  std::uint64_t left =
      options.framing == BodyFraming::length ? options.length : std::numeric_limits<std::uint64_t>::max();
  while (left > 0) {
    const auto part = co_await on_pool(core_, core_.pool, [&] { return next_part(request, source, left); });
    if (!part) {
      // The pool is full for the moment, and with the head out no other answer is possible.
      asio::steady_timer pause(core_.io, full_pool_pause);
      co_await pause.async_wait(asio::use_awaitable);
      continue;
    }
    if (part->empty()) break;
    co_await write_piece(*part, options.framing);
    left -= part->size();
  }
  if (options.framing == BodyFraming::length && left > 0) throw std::runtime_error("a body ended early");
  co_await write_end(options.framing);
}

}  // namespace backtest
