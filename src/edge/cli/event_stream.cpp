#include "edge/cli/event_stream.hpp"

namespace backtest {

std::vector<StreamEvent> EventStreamParser::append(std::string_view bytes) {
  std::vector<StreamEvent> events;
  pending_ += bytes;
  std::size_t begin = 0;
  for (std::size_t end; (end = pending_.find('\n', begin)) != std::string::npos; begin = end + 1) {
    std::string_view line = std::string_view(pending_).substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    take_line(line, events);
  }
  pending_.erase(0, begin);
  return events;
}

void EventStreamParser::take_line(std::string_view line, std::vector<StreamEvent>& events) {
  if (line.empty()) {
    if (has_data_) events.push_back(event_);
    event_ = {};
    has_data_ = false;
    return;
  }
  const std::size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "event") event_.name = value;
  if (field == "id") event_.id = value;
  if (field == "data") {
    if (has_data_) event_.data += '\n';
    event_.data += value;
    has_data_ = true;
  }
}

}  // namespace backtest
