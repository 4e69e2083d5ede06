// asio::post for threads that nobody could tell of a failure: an exception there would end the process.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <new>
#include <thread>

namespace backtest {

// Waits, where memory is refused, until there is some again. Not for the thread that runs `io`.
template <class Handler>
void patient_post(boost::asio::io_context& io, const Handler& handler) {
  for (;;) {
    try {
      boost::asio::post(io, handler);
      return;
    } catch (const std::bad_alloc&) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
}

}  // namespace backtest
