// Who may connect when many have, with connections that only say since when they are idle.
#include "edge/http/server/connection_table.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace backtest {
namespace {

using Clock = std::chrono::steady_clock;

class SilentConnection final : public Connection {
 public:
  explicit SilentConnection(std::optional<int> idle_since_s) : idle_since_s_(idle_since_s) {}
  void sweep(Clock::time_point) override {}
  void close(bool) override { closed = true; }
  std::optional<Clock::time_point> idle_since() const override {
    if (closed || !idle_since_s_) return std::nullopt;
    return Clock::time_point() + std::chrono::seconds(*idle_since_s_);
  }
  bool closed = false;

 private:
  std::optional<int> idle_since_s_;
};

ConnectionTable::Peer peer(const char* address, Listener listener = Listener::api, bool is_trusted = false) {
  return {.listener = listener, .address = *parse_address(address), .is_trusted = is_trusted};
}

TEST(ConnectionLimits, LeaveDescriptorsForStoresAndChildren) {
  struct Case {
    std::uint64_t descriptors;
    int asked, children, all;
  };
  const Case cases[] = {
      {1'048'576, 2048, 1, 2048},                    // what was asked for
      {1024, 2048, 1, 452},                          // (1024 - 96 - 8 - 16) / 2
      {1024, 2048, 16, 392},                         // attempts need theirs
      {256, 2048, 1, 68},         {64, 2048, 1, 8},  // as few as make sense
      {1024, 100, 1, 100},
  };
  for (const Case& each : cases) {
    HttpLimits limits;
    limits.connections = each.asked;
    const ConnectionLimits derived = connection_limits(limits, each.descriptors, each.children);
    EXPECT_EQ(derived.all, each.all) << each.descriptors;
    EXPECT_EQ(derived.per_address, (each.all + 1) / 2) << each.descriptors;
  }
}

TEST(ConnectionTable, TheLongestIdleOfTheAddressGoesFirst) {
  ConnectionTable table({.all = 10, .per_address = 2, .metrics = 1});
  SilentConnection old(1), older(0), other(0);
  table.insert(other, peer("10.0.0.2"));
  table.insert(old, peer("10.0.0.1"));
  table.insert(older, peer("10.0.0.1"));
  EXPECT_TRUE(table.make_room(peer("10.0.0.1")));
  EXPECT_TRUE(older.closed);
  EXPECT_FALSE(old.closed || other.closed);
}

TEST(ConnectionTable, WhoIsServedIsNotClosedForOthers) {
  ConnectionTable table({.all = 2, .per_address = 2, .metrics = 1});
  SilentConnection busy(std::nullopt), busy_too(std::nullopt);
  table.insert(busy, peer("10.0.0.1"));
  table.insert(busy_too, peer("10.0.0.1"));
  EXPECT_FALSE(table.make_room(peer("10.0.0.2")));
  table.erase(busy);
  EXPECT_TRUE(table.make_room(peer("10.0.0.2")));
}

TEST(ConnectionTable, ProxiesAreNotCountedByTheirAddress) {
  ConnectionTable table({.all = 3, .per_address = 1, .metrics = 1});
  SilentConnection first(std::nullopt), second(std::nullopt);
  table.insert(first, peer("10.0.0.1", Listener::api, true));
  EXPECT_TRUE(table.make_room(peer("10.0.0.1", Listener::api, true)));
  table.insert(second, peer("10.0.0.9"));
  EXPECT_FALSE(table.make_room(peer("10.0.0.9")));
}

TEST(ConnectionTable, MetricsHaveTheirOwn) {
  ConnectionTable table({.all = 1, .per_address = 1, .metrics = 1});
  SilentConnection busy(std::nullopt), scraper(std::nullopt);
  table.insert(busy, peer("10.0.0.1"));
  EXPECT_TRUE(table.make_room(peer("10.0.0.1", Listener::metrics)));
  table.insert(scraper, peer("10.0.0.1", Listener::metrics));
  EXPECT_FALSE(table.make_room(peer("10.0.0.1", Listener::metrics)));
}

}  // namespace
}  // namespace backtest
