#include "edge/http/server/event_stream_writer.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <ctime>
#include <string>
#include <utility>

#include "edge/http/server/request_counts.hpp"

namespace backtest {

namespace {

namespace asio = boost::asio;
using Clock = Deadline::Clock;

constexpr auto heartbeat = std::chrono::seconds(15);

std::string text_of(RunListener& listener) {
  std::string text;
  for (; !listener.messages.empty(); listener.messages.pop_front()) text += *listener.messages.front();
  if (listener.progress) text += *std::exchange(listener.progress, nullptr);
  return text;
}

}  // namespace

asio::awaitable<void> EventStreamWriter::write(ServedRequest& served, HttpResponse& response) {
  const BodyFraming framing = served.http_1_0 ? BodyFraming::until_close : BodyFraming::chunked;
  co_await writer_.write_head(served, response, {.framing = framing, .keep_alive = false, .http_1_0 = served.http_1_0});
  if (served.head_only) co_return;
  const StreamCount count(core_);
  const auto listener = core_.watcher.listen(*response.events, [this] { wake(); });
  core_.next_watch.cancel();
  is_streaming_ = true;
  co_await write_events(*listener, framing, served.request.principal.expires_at_s);
  is_streaming_ = false;
  if (!has_peer_left_) co_await writer_.write_end(framing);
}

asio::awaitable<void> EventStreamWriter::write_events(RunListener& listener, BodyFraming framing,
                                                      std::optional<std::int64_t> expires_at_s) {
  while (!has_peer_left_ && stream_.socket().is_open()) {
    std::string text = text_of(listener);
    if (text.empty() && (listener.finished || core_.stopping)) co_return;
    // A token's stream ends with the token.
    if (expires_at_s && std::time(nullptr) >= *expires_at_s) co_return;
    if (text.empty() && Clock::now() - writer_.last_write() > heartbeat) text = ": still here\n\n";
    if (!text.empty()) {
      co_await writer_.write_piece(text, framing);
      continue;
    }
    wake_.expires_at(expires_at_s ? Clock::now() + std::chrono::seconds(1) : Clock::time_point::max());
    boost::system::error_code ignored;
    co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

void EventStreamWriter::sweep(Clock::time_point now) {
  if (!is_streaming_) return;
  has_peer_left_ = stream_.has_peer_left();
  if (has_peer_left_ || now - writer_.last_write() > heartbeat) wake();
}

}  // namespace backtest
