// Requests that ask the same while it is being answered are answered together: fifty pages that show one list cost the
// store what one costs. An answer is begun after each of its requests has come, so that nobody is told less than was
// true when they asked: who comes while an answer is being made waits for the next.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "edge/http/message/http_message.hpp"
#include "edge/http/resource/api_context.hpp"

namespace backtest {

// Lives on the I/O thread.
class JoinedRequests {
 public:
  using Call = std::function<boost::asio::awaitable<HttpResponse>()>;

  // Answers are copied within `memory`. Those of one key are made one after the other, but one that takes longer than
  // `patience`, perhaps over a connection that is dead, keeps nobody else.
  explicit JoinedRequests(MemoryBudget& memory, std::chrono::milliseconds patience = std::chrono::seconds(1))
      : memory_(memory), patience_(patience) {}

  // What `call` answers, or a copy of what the call of another request of the same key answered with 200. Throws what
  // its own call throws.
  boost::asio::awaitable<HttpResponse> answer(std::string key, Call call);

 private:
  struct Round;  // one call, and those who wait for it
  struct Rounds {
    std::shared_ptr<Round> running;
    std::shared_ptr<Round> next;  // has not begun: who comes now joins it
  };
  class Leading;

  std::unique_ptr<HttpResponse> copied(const HttpResponse& response) const;

  MemoryBudget& memory_;
  const std::chrono::milliseconds patience_;
  std::map<std::string, Rounds> rounds_;
};

// What an answer of a joined route depends on: the target, what the caller may see, and whether it takes gzip.
std::string joined_key(const ApiContext& context, const HttpRequest& request);

}  // namespace backtest
