#include "edge/http/server/run_watcher.hpp"

#include <algorithm>
#include <limits>

#include "base/json.hpp"
#include "base/log.hpp"
#include "base/utc_time.hpp"
#include "edge/http/resource/run_json.hpp"

namespace backtest {

namespace {

constexpr std::chrono::milliseconds poll_every{30};
// A store is asked for a fifth of the time at most: thousands of watched runs are no burden for it, only slower.
constexpr int rest_over_reading = 4;
constexpr std::size_t longest_backlog = 256;  // messages; a listener that is further behind starts again

using Message = std::shared_ptr<const std::string>;

Message message(const char* event, const std::string& data, const std::string& id = {}) {
  std::string text = id.empty() ? "" : "id: " + id + "\n";
  text += std::string("event: ") + event + "\ndata: " + data + "\n\n";
  return std::make_shared<const std::string>(std::move(text));
}

Message state_message(const RunEvent& event) {
  json::object data;
  data["run_id"] = event.run_id;
  data["status"] = std::string(to_text(event.state));
  data["at"] = utc_text(event.at);
  data["epoch"] = event.epoch;
  return message("state", json_text(data), std::to_string(event.sequence));
}

Message progress_message(const RunRecord& record) {
  json::object data;
  data["run_id"] = record.run_id;
  data["status"] = std::string(to_text(record.state));
  data["progress_percent"] = record.progress * 100.0;
  data["bars_per_second"] = record.bars_per_second;
  data["date"] = record.progress_date ? json::value(*record.progress_date) : json::value(nullptr);
  data["nav"] = record.progress_nav ? json::value(*record.progress_nav) : json::value(nullptr);
  return message("progress", json_text(data));
}

}  // namespace

RunWatcher::RunWatcher(RunStore& runs, WorkPool& pool, std::function<void(const std::function<void()>&)> post_to_io)
    : runs_(runs), pool_(pool), post_to_io_(std::move(post_to_io)) {}

std::shared_ptr<RunListener> RunWatcher::listen(const EventStreamStart& start, std::function<void()> wake) {
  auto listener = std::make_shared<RunListener>();
  listener->after_sequence = start.after_sequence;
  listener->messages.push_back(message("run", run_json(start.record)));
  listener->wake = std::move(wake);
  Watched& watched = watched_[start.record.run_id];
  watched.listeners.push_back(listener);
  watched.fresh = true;
  return listener;
}

std::vector<RunWatcher::Question> RunWatcher::questions() {
  std::vector<Question> questions;
  for (auto watched = watched_.begin(); watched != watched_.end();) {
    auto& listeners = watched->second.listeners;
    std::erase_if(listeners, [](const auto& weak) {
      const auto listener = weak.lock();
      return !listener || listener->finished;
    });
    if (listeners.empty()) {
      watched = watched_.erase(watched);
      continue;
    }
    std::int64_t after = std::numeric_limits<std::int64_t>::max();
    for (const auto& weak : listeners) {
      const auto listener = weak.lock();
      after = std::min(after, listener->after_sequence);
      listener->asked_for = true;
    }
    questions.push_back({watched->first, watched->second.revision, after, watched->second.fresh});
    watched->second.fresh = false;
    ++watched;
  }
  return questions;
}

std::vector<RunWatcher::Answer> RunWatcher::read(RunStore& runs, const std::vector<Question>& questions) {
  std::vector<std::string> run_ids;
  for (const Question& question : questions) run_ids.push_back(question.run_id);
  std::map<std::string, RunRecord> records;
  for (RunRecord& record : runs.get_many(run_ids)) {
    std::string run_id = record.run_id;
    records.emplace(std::move(run_id), std::move(record));
  }
  std::vector<Answer> answers;
  for (const Question& question : questions) {
    Answer answer;
    if (const auto found = records.find(question.run_id); found != records.end()) {
      answer.found = true;
      answer.record = found->second;
      if (question.fresh || answer.record.revision != question.revision) {
        answer.events = runs.events(question.run_id, question.after_sequence);
      }
    }
    answers.push_back(std::move(answer));
  }
  return answers;
}

RunWatcher::Clock::time_point RunWatcher::next_poll(Clock::time_point now) const {
  return watched_.empty() ? Clock::time_point::max() : std::max(now + poll_every, rest_until_);
}

void RunWatcher::poll() {
  if (reading_ || watched_.empty() || Clock::now() < rest_until_) return;
  auto reading = std::make_shared<Reading>(Reading{.questions = questions(), .answers = {}});
  if (reading->questions.empty()) return;
  // Made here, where memory may be refused: on the pool's thread nothing but the reading needs any.
  std::function<void()> delivery = [this, reading] { deliver(*reading); };
  WorkPool::Work work = [this, reading, delivery = std::move(delivery)] {
    const auto begin = Clock::now();
    try {
      reading->answers = read(runs_, reading->questions);
    } catch (const std::exception& error) {
      log_warning("runs could not be watched", {{"reason", error.what()}});
    }
    reading->taken = Clock::now() - begin;
    post_to_io_(delivery);
  };
  reading_ = pool_.try_post(work);
  if (!reading_) {
    for (const Question& question : reading->questions) watched_[question.run_id].fresh |= question.fresh;
  }
}

void RunWatcher::deliver(const Reading& reading) {
  const auto& [questions, answers, taken] = reading;
  reading_ = false;
  rest_until_ = Clock::now() + rest_over_reading * taken;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const auto found = watched_.find(questions[i].run_id);
    if (found == watched_.end()) continue;
    Watched& watched = found->second;
    if (answers.empty()) {
      watched.fresh |= questions[i].fresh;
      continue;
    }
    const Answer& answer = answers[i];
    const Message progress = progress_message(answer.record);
    const bool moved = answer.record.state == RunState::running && *progress != watched.progress;
    if (moved) watched.progress = *progress;
    for (const auto& weak : watched.listeners) {
      const auto listener = weak.lock();
      if (listener && listener->asked_for && !listener->finished)
        deliver_to(*listener, answer, moved ? progress : nullptr);
    }
    watched.revision = answer.record.revision;  // last: what memory was refused for is read again
  }
}

void RunWatcher::deliver_to(RunListener& listener, const Answer& answer, const Message& progress) {
  const std::size_t before = listener.messages.size();
  for (const RunEvent& event : answer.events) {
    if (event.sequence <= listener.after_sequence) continue;
    listener.messages.push_back(state_message(event));
    listener.after_sequence = event.sequence;
  }
  if (progress) listener.progress = progress;
  if (!answer.found) {
    listener.finished = true;
  } else if (is_terminal(answer.record.state)) {
    listener.progress.reset();
    listener.messages.push_back(message("run", run_json(answer.record)));
    listener.finished = true;
  }
  if (listener.messages.size() > longest_backlog) listener.finished = true;
  if (listener.messages.size() != before || listener.progress || listener.finished) listener.wake();
}

void RunWatcher::finish_all() {
  for (auto& [run_id, watched] : watched_) {
    for (const auto& weak : watched.listeners) {
      const auto listener = weak.lock();
      if (!listener) continue;
      listener->finished = true;
      listener->wake();
    }
  }
}

}  // namespace backtest
