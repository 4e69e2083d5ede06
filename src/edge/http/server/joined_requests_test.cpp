#include "edge/http/server/joined_requests.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <vector>

namespace backtest {
namespace {

namespace asio = boost::asio;

// A store that says what was true when it was asked and takes until the test lets it; requests are counted from 0 in
// the order in which they come.
class JoinedRequestsTest : public testing::Test {
 protected:
  void ask(const std::string& key) {
    const std::size_t request = answers_.size();
    answers_.emplace_back("waits");
    asio::co_spawn(io_, joined_.answer(key, [this] { return call(); }),
                   [this, request](const std::exception_ptr& error, const HttpResponse& response) {
                     answers_[request] = error ? "failed" : std::to_string(response.status) + " " + response.body;
                   });
    settle();
  }
  // Everything goes on until it waits for the store.
  void settle() {
    io_.restart();
    io_.poll();
  }
  void wake() {
    dead_.cancel();
    settle();
  }
  void lose_patience() {
    io_.restart();
    io_.run_for(2 * patience);
  }
  // The store answers whom it was asked by until now.
  void answer() {
    store_.cancel();
    settle();
  }

  static constexpr std::chrono::milliseconds patience{50};
  std::string truth_ = "before";
  int status_ = 200;
  bool throws_ = false;
  bool hangs_ = false;
  int calls_ = 0;
  std::vector<std::string> answers_;
  MemoryBudget memory_{1 << 20};

 private:
  asio::awaitable<HttpResponse> call() {
    ++calls_;
    HttpResponse response = json_response(status_, truth_);
    boost::system::error_code cancelled;
    co_await (hangs_ ? dead_ : store_).async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    if (throws_) throw std::runtime_error("the store has gone");
    co_return response;
  }

  JoinedRequests joined_{memory_, patience};
  asio::io_context io_{1};
  asio::steady_timer store_{io_, asio::steady_timer::time_point::max()};
  asio::steady_timer dead_{io_, asio::steady_timer::time_point::max()};
};

using Answers = std::vector<std::string>;

TEST_F(JoinedRequestsTest, WhoComesWhileAnAnswerIsMadeGetsTheNextOneAndAllOfThemTheSame) {
  ask("a");
  truth_ = "after";
  for (int i = 0; i < 3; ++i) ask("a");
  EXPECT_EQ(calls_, 1);
  answer();
  EXPECT_EQ(answers_, (Answers{"200 before", "waits", "waits", "waits"}));
  EXPECT_EQ(calls_, 2);
  answer();
  EXPECT_EQ(answers_, (Answers{"200 before", "200 after", "200 after", "200 after"}));
  EXPECT_EQ(calls_, 2);
}

TEST_F(JoinedRequestsTest, NothingIsKeptWhenNobodyWaits) {
  ask("a");
  answer();
  truth_ = "after";
  ask("a");
  answer();
  EXPECT_EQ(answers_, (Answers{"200 before", "200 after"}));
}

TEST_F(JoinedRequestsTest, OtherQuestionsDoNotWait) {
  ask("a");
  truth_ = "of b";
  ask("b");
  EXPECT_EQ(calls_, 2);
  answer();
  EXPECT_EQ(answers_, (Answers{"200 before", "200 of b"}));
}

TEST_F(JoinedRequestsTest, AFailureIsNobodyElses) {
  ask("a");
  status_ = 503;
  ask("a");
  ask("a");
  answer();
  status_ = 200;
  answer();
  EXPECT_EQ(answers_, (Answers{"200 before", "503 before", "waits"}));
  answer();
  EXPECT_EQ(answers_, (Answers{"200 before", "503 before", "200 before"}));
}

TEST_F(JoinedRequestsTest, WhoWaitsForACallThatThrowsCallsItself) {
  ask("a");
  ask("a");
  ask("a");
  answer();
  throws_ = true;
  answer();
  throws_ = false;
  EXPECT_EQ(answers_, (Answers{"200 before", "failed", "waits"}));
  answer();
  ask("a");
  answer();
  EXPECT_EQ(answers_, (Answers{"200 before", "failed", "200 before", "200 before"}));
}

TEST_F(JoinedRequestsTest, WithoutMemoryForACopyEachCalls) {
  ask("a");
  ask("a");
  ask("a");
  answer();
  MemoryShare others(memory_);
  ASSERT_TRUE(others.add(memory_.size()));
  answer();
  EXPECT_EQ(answers_, (Answers{"200 before", "200 before", "waits"}));
  answer();
  EXPECT_EQ(answers_.back(), "200 before");
  EXPECT_EQ(calls_, 3);
}

TEST_F(JoinedRequestsTest, AnAnswerThatDoesNotComeKeepsNobodyElse) {
  hangs_ = true;
  ask("a");
  hangs_ = false;
  truth_ = "after";
  ask("a");
  ask("a");
  lose_patience();
  EXPECT_EQ(calls_, 2);
  truth_ = "later";
  ask("a");
  EXPECT_EQ(calls_, 2);
  answer();
  answer();
  EXPECT_EQ(answers_, (Answers{"waits", "200 after", "200 after", "200 later"}));
  wake();
  EXPECT_EQ(answers_.front(), "200 before");
  ask("a");
  answer();
  EXPECT_EQ(answers_.back(), "200 later");
}

TEST_F(JoinedRequestsTest, TheEndOfTheServerEndsWhoWaits) {
  ask("a");
  ask("a");
  ask("a");
  EXPECT_EQ(answers_, (Answers{"waits", "waits", "waits"}));
}

}  // namespace
}  // namespace backtest
