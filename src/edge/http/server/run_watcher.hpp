// Events of runs for their listeners (server-sent events). One poller for all of them: each tick reads the watched
// runs from the store once, however many listen, and none does while nobody listens. Everything but the reading happens
// on the I/O thread.
//
// Messages: `run` (the record; first, and again when the run has finished), `state` (one for each change of state,
// with an id to resume from), `progress` (a slow listener gets only the latest).
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "edge/http/resource/event_stream_start.hpp"
#include "edge/http/server/work_pool.hpp"
#include "run_store/run_store.hpp"

namespace backtest {

struct RunListener {
  std::int64_t after_sequence = 0;
  std::deque<std::shared_ptr<const std::string>> messages;
  std::shared_ptr<const std::string> progress;  // not yet sent; replaced by newer ones
  bool finished = false;                        // close when the messages are sent
  bool asked_for = false;                       // the reading under way, or an earlier one, covers this listener
  std::function<void()> wake;                   // called after any of these changed
};

class RunWatcher {
 public:
  using Clock = std::chrono::steady_clock;

  RunWatcher(RunStore& runs, WorkPool& pool, std::function<void(const std::function<void()>&)> post_to_io);

  std::shared_ptr<RunListener> listen(const EventStreamStart& start, std::function<void()> wake);
  // Reads the watched runs unless a reading is under way or was just now.
  void poll();
  // When to poll again: soon enough for a listener to be 50 ms behind at most, later where the store takes long to
  // answer, and never (the end of time) while nobody listens.
  Clock::time_point next_poll(Clock::time_point now) const;
  // Ends every stream; listeners connect again elsewhere.
  void finish_all();

 private:
  struct Watched {
    std::vector<std::weak_ptr<RunListener>> listeners;
    std::int64_t revision = -1;
    std::string progress;  // the last message
    bool fresh = true;     // a listener has joined since the last reading
  };
  struct Question {
    std::string run_id;
    std::int64_t revision;
    std::int64_t after_sequence;
    bool fresh;
  };
  struct Answer {
    RunRecord record;
    std::vector<RunEvent> events;
    bool found = false;
  };

  struct Reading {
    std::vector<Question> questions;
    std::vector<Answer> answers;  // none where the store did not answer
    Clock::duration taken{};
  };

  std::vector<Question> questions();
  static std::vector<Answer> read(RunStore& runs, const std::vector<Question>& questions);
  void deliver(const Reading& reading);
  void deliver_to(RunListener& listener, const Answer& answer, const std::shared_ptr<const std::string>& progress);

  RunStore& runs_;
  WorkPool& pool_;
  std::function<void(const std::function<void()>&)> post_to_io_;
  std::map<std::string, Watched> watched_;
  bool reading_ = false;
  Clock::time_point rest_until_{};
};

}  // namespace backtest
