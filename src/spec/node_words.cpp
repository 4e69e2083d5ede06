#include "spec/node_words.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <cmath>
#include <cstdint>

#include "base/diagnostic.hpp"

namespace backtest {

bool is_scalar(const Node& node) {
  return node.kind != NodeKind::list && node.kind != NodeKind::map;
}

std::string shortened(std::string_view text) {
  constexpr std::size_t longest = 60;
  if (text.size() <= longest) return std::string(text);
  std::size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "...";
}

std::string described(const Node& node) {
  switch (node.kind) {
    case NodeKind::null:
      return "nothing";
    case NodeKind::flag:
      return "'" + node.text + "' (a flag)";
    case NodeKind::number:
      return "'" + shortened(node.text) + "' (a number)";
    case NodeKind::text:
      return "'" + shortened(node.text) + "' (text)";
    case NodeKind::list:
      return "a list";
    case NodeKind::map:
      return "a map";
  }
  return "";
}

json::value json_of(std::string_view text) {
  return json::value(json::string(text.data(), text.size()));
}

json::value json_of(const Node& node) {
  switch (node.kind) {
    case NodeKind::null:
      return nullptr;
    case NodeKind::flag:
      return node.flag;
    case NodeKind::number:
      if (node.is_integer && std::fabs(node.number) < 1e15) return static_cast<std::int64_t>(node.number);
      return node.number;
    case NodeKind::text:
      return json_of(node.text);
    case NodeKind::list: {
      json::array list;
      for (const Node& item : node.items) list.push_back(json_of(item));
      return list;
    }
    case NodeKind::map:
      break;
  }
  json::object map;
  for (const Member& member : node.members) map[member.key] = json_of(member.value);
  return map;
}

std::string alternatives_text(const std::vector<std::string_view>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
    text += "'" + std::string(names[i]) + "'";
  }
  return text;
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& allowed) {
  if (allowed.size() > suggestion_words_max) return "";
  const std::string_view near = nearest_word(word, allowed);
  return near.empty() ? "" : "; did you mean '" + std::string(near) + "'?";
}

}  // namespace backtest
