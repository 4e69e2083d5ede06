// Server-sent events as they arrive: bytes in, whole events out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace backtest {

struct StreamEvent {
  std::string name;
  std::string data;  // lines joined by '\n'
  std::string id;
};

class EventStreamParser {
 public:
  // The events that `bytes` completes.
  std::vector<StreamEvent> append(std::string_view bytes);

 private:
  void take_line(std::string_view line, std::vector<StreamEvent>& events);

  std::string pending_;
  StreamEvent event_;
  bool has_data_ = false;
};

}  // namespace backtest
