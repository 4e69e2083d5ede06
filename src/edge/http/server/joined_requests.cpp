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
  explicit Round(const asio::any_io_executor& io) : turn(io), ended(io, asio::steady_timer::time_point::max()) {}

  asio::steady_timer turn;               // cancelled when the round before has ended
  asio::steady_timer ended;              // cancelled when this one has
  int followers = 0;                     // who wait for it, beside the one that calls
  std::unique_ptr<HttpResponse> answer;  // null where it cannot be shared
};

namespace {

asio::awaitable<void> wait_for(asio::steady_timer& timer) {
  boost::system::error_code cancelled;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
}

}  // namespace

// The request that calls for its round: however it ends, those who wait go on.
class JoinedRequests::Leading {
 public:
  Leading(JoinedRequests& joined, std::string key, std::shared_ptr<Round> round)
      : joined_(joined), key_(std::move(key)), round_(std::move(round)) {
    joined_.rounds_[key_].next = round_;
  }
  ~Leading() {
    round_->ended.cancel();
    const auto at = joined_.rounds_.find(key_);
    if (at == joined_.rounds_.end()) return;  // others have begun and ended since
    Rounds& rounds = at->second;
    if (rounds.running == round_) {
      rounds.running.reset();
      if (rounds.next) rounds.next->turn.cancel();
    }
    if (rounds.next == round_) rounds.next.reset();
    if (!rounds.running && !rounds.next) joined_.rounds_.erase(at);
  }
  Leading(const Leading&) = delete;
  Leading& operator=(const Leading&) = delete;

  bool is_first() const { return joined_.rounds_.at(key_).running == nullptr; }
  void begin() {
    Rounds& rounds = joined_.rounds_.at(key_);
    rounds.running = std::move(rounds.next);
  }

 private:
  JoinedRequests& joined_;
  const std::string key_;
  const std::shared_ptr<Round> round_;
};

asio::awaitable<HttpResponse> JoinedRequests::answer(std::string key, Call call) {
  if (const auto found = rounds_.find(key); found != rounds_.end() && found->second.next) {
    const std::shared_ptr<Round> round = found->second.next;
    ++round->followers;
    co_await wait_for(round->ended);
    auto copy = round->answer ? copied(*round->answer) : nullptr;
    if (copy) co_return std::move(*copy);
    co_return co_await call();
  }
  const auto round = std::make_shared<Round>(co_await asio::this_coro::executor);
  Leading leading(*this, std::move(key), round);
  if (!leading.is_first()) {
    round->turn.expires_after(patience_);
    co_await wait_for(round->turn);
  }
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
