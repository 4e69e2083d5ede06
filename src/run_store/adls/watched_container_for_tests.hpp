// A container that counts the requests to it, can delay them, and can lose the answer to one that was carried out.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "object_storage/object_storage.hpp"

namespace backtest {

class WatchedContainer final : public ObjectContainer {
 public:
  explicit WatchedContainer(std::shared_ptr<ObjectContainer> real) : real_(std::move(real)) {}

  struct Requests {
    int reads = 0, writes = 0, removals = 0, lists = 0;
    int all() const { return reads + writes + removals + lists; }
  };
  // Since the last call.
  Requests taken() {
    return {.reads = reads_.exchange(0),
            .writes = writes_.exchange(0),
            .removals = removals_.exchange(0),
            .lists = lists_.exchange(0)};
  }
  void lose_next_answer_to_replace() { loses_answer_ = true; }
  void delay_each(std::chrono::milliseconds read, std::chrono::milliseconds list) {
    read_delay_ = read;
    list_delay_ = list;
  }

  const std::string& address() const override { return real_->address(); }
  const std::string& name() const override { return real_->name(); }
  std::expected<ObjectBytes, ObjectFault> get(std::string_view name) override {
    ++reads_;
    std::this_thread::sleep_for(read_delay_.load());
    return real_->get(name);
  }
  std::expected<ObjectInfo, ObjectFault> head(std::string_view name) override {
    ++reads_;
    return real_->head(name);
  }
  std::expected<std::size_t, ObjectFault> read(std::string_view name, std::string_view etag, std::uint64_t offset,
                                               std::span<char> buffer) override {
    ++reads_;
    return real_->read(name, etag, offset, buffer);
  }
  std::expected<ObjectVersion, ObjectFault> create(std::string_view name, std::string_view bytes) override {
    ++writes_;
    return real_->create(name, bytes);
  }
  std::expected<ObjectVersion, ObjectFault> replace(std::string_view name, std::string_view bytes,
                                                    std::string_view etag) override {
    ++writes_;
    auto answer = real_->replace(name, bytes, etag);
    if (loses_answer_.exchange(false)) throw StorageUnavailable("the answer was lost");
    return answer;
  }
  ObjectVersion put(std::string_view name, std::string_view bytes) override {
    ++writes_;
    return real_->put(name, bytes);
  }
  ObjectVersion upload(std::string_view name, const std::filesystem::path& file) override {
    ++writes_;
    return real_->upload(name, file);
  }
  void remove(std::string_view name) override {
    ++removals_;
    real_->remove(name);
  }
  ObjectListing list(std::string_view prefix) override {
    ++lists_;
    std::this_thread::sleep_for(list_delay_.load());
    return real_->list(prefix);
  }
  ObjectListing list_directory(std::string_view prefix) override {
    ++lists_;
    return real_->list_directory(prefix);
  }
  void create_container() override { real_->create_container(); }

 private:
  const std::shared_ptr<ObjectContainer> real_;
  std::atomic<int> reads_{0}, writes_{0}, removals_{0}, lists_{0};
  std::atomic<bool> loses_answer_{false};
  std::atomic<std::chrono::milliseconds> read_delay_{}, list_delay_{};
};

}  // namespace backtest
