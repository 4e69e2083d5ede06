#include "edge/http/server/joined_requests.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "edge/http/message/content_encoding.hpp"
#include "edge/http/resource/run_ownership.hpp"

namespace backtest {

namespace asio = boost::asio;

struct JoinedRequests::Round {
  explicit Round(const asio::any_io_executor& io) : ended(io, asio::steady_timer::time_point::max()) {}

  asio::awaitable<void> end() {
    boost::system::error_code cancelled;
    co_await ended.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }

  asio::steady_timer ended;              // cancelled when it has
  int followers = 0;                     // who wait for it, beside the one that calls
  std::unique_ptr<HttpResponse> answer;  // null where it cannot be shared
};

// The request that calls for its round: however it ends, those who wait go on.
class JoinedRequests::Leading {
 public:
  Leading(JoinedRequests& joined, std::string key, std::shared_ptr<Round> round)
      : joined_(joined), at_(joined.rounds_.try_emplace(std::move(key)).first), round_(std::move(round)) {
    at_->second.next = round_;
  }
  ~Leading() {
    Rounds& rounds = at_->second;
    if (rounds.running == round_) rounds.running.reset();
    if (rounds.next == round_) rounds.next.reset();
    if (!rounds.running && !rounds.next) joined_.rounds_.erase(at_);
    round_->ended.cancel();
  }
  Leading(const Leading&) = delete;
  Leading& operator=(const Leading&) = delete;

  std::shared_ptr<Round> before() const { return at_->second.running; }
  void begin() { at_->second.running = std::move(at_->second.next); }

 private:
  JoinedRequests& joined_;
  std::map<std::string, Rounds>::iterator at_;
  std::shared_ptr<Round> round_;
};

asio::awaitable<HttpResponse> JoinedRequests::answer(std::string key, Call call) {
  if (const auto found = rounds_.find(key); found != rounds_.end() && found->second.next) {
    const std::shared_ptr<Round> round = found->second.next;
    ++round->followers;
    co_await round->end();
    auto copy = round->answer ? copied(*round->answer) : nullptr;
    if (copy) co_return std::move(*copy);
    co_return co_await call();
  }
  const auto round = std::make_shared<Round>(co_await asio::this_coro::executor);
  Leading leading(*this, std::move(key), round);
  if (const std::shared_ptr<Round> before = leading.before()) co_await before->end();
  leading.begin();
  HttpResponse response = co_await call();
  if (round->followers > 0) round->answer = copied(response);
  co_return response;
}

std::unique_ptr<HttpResponse> JoinedRequests::copied(const HttpResponse& response) const {
  if (response.status != 200 || response.source || response.events) return nullptr;
  auto copy = std::make_unique<HttpResponse>();
  copy->memory = MemoryShare(memory_);
  if (!copy->memory.add(2 * response.body.size())) return nullptr;
  copy->headers = response.headers;
  copy->body = response.body;
  return copy;
}

std::string joined_key(const ApiContext& context, const HttpRequest& request) {
  std::string key = request.target.raw_path + "?" + request.target.raw_query;
  key += accepts_gzip(request.header("Accept-Encoding").value_or("")) ? " gzip" : " plain";
  if (const auto submitters = readable_submitters(context, request.principal)) {
    for (const std::string& submitter : *submitters) key += "\n" + submitter;
  }
  return key;
}

}  // namespace backtest
