// Work on a pool, awaited on the I/O thread.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "edge/http/server/patient_post.hpp"
#include "edge/http/server/server_core.hpp"

namespace backtest {

inline constexpr auto most_pool_wait = std::chrono::seconds(10);

template <class Result>
struct Ended {
  Result result;
  std::exception_ptr error;
};

// Runs `work` on a pool and goes on, on the I/O thread, with what it returns or throws; nullopt when the pool is
// full, and when the work waited for so long that a store or a disk must hang: then the rest is refused, too, instead
// of hanging.
template <class Work>
auto on_pool(ServerCore& core, WorkPool& pool, Work work)
    -> boost::asio::awaitable<std::optional<std::invoke_result_t<Work>>> {
  namespace asio = boost::asio;
  using Result = std::optional<std::invoke_result_t<Work>>;
  auto initiate = [&core, &pool, work = std::move(work)](auto handler) mutable {
    using Handler = decltype(handler);
    std::shared_ptr<Handler> shared;
    bool is_posted = false;
    // What left this function would end the coroutine without a word: it gets it as it gets what the work throws.
    std::exception_ptr refused;
    try {
      shared = std::make_shared<Handler>(std::move(handler));
      auto guard = asio::make_work_guard(core.io);
      auto ended = std::make_shared<Ended<Result>>();
      WorkPool::Work task = [&core, shared, guard, ended, posted_at = std::chrono::steady_clock::now(),
                             work = std::move(work)]() mutable {
        try {
          if (std::chrono::steady_clock::now() - posted_at < most_pool_wait) ended->result = work();
        } catch (...) {
          ended->error = std::current_exception();
        }
        // Moved, so that the exception is destroyed on the I/O thread, where it is looked at.
        patient_post(core.io,
                     [shared, ended] { std::move (*shared)(std::move(ended->error), std::move(ended->result)); });
      };
      is_posted = pool.try_post(task);
    } catch (...) {
      refused = std::current_exception();
    }
    if (!is_posted) {
      Handler& unposted = shared ? *shared : handler;
      asio::post(core.io, [unposted = std::move(unposted), refused]() mutable {
        std::move(unposted)(std::move(refused), Result{});
      });
    }
    core.telemetry.pool_waiting = static_cast<std::int64_t>(core.waiting());
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr, Result)>(std::move(initiate),
                                                                                               asio::use_awaitable);
}

}  // namespace backtest
