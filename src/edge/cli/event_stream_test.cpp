#include "edge/cli/event_stream.hpp"

#include <gtest/gtest.h>

namespace backtest {
namespace {

TEST(EventStream, EventsAreWholeHoweverTheirBytesArrive) {
  const std::string stream =
      ": comment\nevent: state\nid: 7\ndata: {\"a\":\ndata: 1}\r\n\nevent: nothing\n\ndata:x\n\n";
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    EventStreamParser parser;
    std::vector<StreamEvent> events;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      for (StreamEvent& event : parser.append(std::string_view(stream).substr(at, piece))) events.push_back(event);
    }
    ASSERT_EQ(events.size(), 2u) << piece;
    EXPECT_EQ(events[0].name, "state");
    EXPECT_EQ(events[0].id, "7");
    EXPECT_EQ(events[0].data, "{\"a\":\n1}");
    EXPECT_EQ(events[1].data, "x");
  }
}

}  // namespace
}  // namespace backtest
