// JSON text -> tree with positions. The walk is ours, because Boost.JSON tells no positions and takes duplicate keys;
// what a string or a number is, Boost.JSON decides.

#include <boost/json/parse.hpp>
#include <cmath>
#include <set>

#include "base/number_text.hpp"
#include "spec/tree.hpp"

namespace backtest {

namespace {

struct SyntaxError {
  std::size_t line;
  std::size_t column;
  std::string message;
};

class JsonReader {
 public:
  JsonReader(std::string_view text, std::string_view file, std::vector<Diagnostic>& errors)
      : text_(text), file_(file), errors_(errors) {}

  Node read_document() {
    Node node = read_value(0);
    skip_space();
    if (at_ < text_.size()) fail("something follows the end of the document");
    return node;
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw SyntaxError{line_, column(), "not JSON: " + message};
  }
  std::size_t column() const { return at_ - line_start_ + 1; }

  void skip_space() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return;
      ++at_;
      if (c == '\n') {
        ++line_;
        line_start_ = at_;
      }
    }
  }

  char peek() {
    skip_space();
    if (at_ >= text_.size()) fail("it ends too early");
    return text_[at_];
  }

  void expect(char c) {
    if (peek() != c) fail(std::string("'") + c + "' is missing");
    ++at_;
  }

  Node read_value(int depth) {
    const char c = peek();
    if (depth > document_depth_max) fail("nested deeper than " + std::to_string(document_depth_max) + " levels");
    if (++nodes_ > document_nodes_max) fail("more than " + std::to_string(document_nodes_max) + " values");
    Node node;
    node.line = line_;
    node.column = column();
    if (c == '{') {
      read_map(node, depth);
    } else if (c == '[') {
      read_list(node, depth);
    } else if (c == '"') {
      node.kind = NodeKind::text;
      node.text = read_string();
    } else {
      read_word(node);
    }
    return node;
  }

  void read_map(Node& node, int depth) {
    node.kind = NodeKind::map;
    std::set<std::string> keys;
    expect('{');
    if (peek() == '}') {
      ++at_;
      return;
    }
    for (;;) {
      if (peek() != '"') fail("a key in double quotes is missing");
      Member member{.key = "", .line = line_, .column = column(), .value = {}};
      member.key = read_string();
      expect(':');
      member.value = read_value(depth + 1);
      if (keys.insert(member.key).second) {
        node.members.push_back(std::move(member));
      } else {
        errors_.push_back({std::string(file_), member.line, std::to_string(member.column), "",
                           "'" + member.key + "' stands twice in this map; keep one"});
      }
      if (peek() == '}') break;
      expect(',');
    }
    ++at_;
  }

  void read_list(Node& node, int depth) {
    node.kind = NodeKind::list;
    expect('[');
    if (peek() == ']') {
      ++at_;
      return;
    }
    for (;;) {
      node.items.push_back(read_value(depth + 1));
      if (peek() == ']') break;
      expect(',');
    }
    ++at_;
  }

  std::string read_string() {
    const std::size_t begin = at_++;
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\n') at_ += text_[at_] == '\\' ? 2 : 1;
    if (at_ >= text_.size() || text_[at_] != '"') fail("a string does not end");
    ++at_;
    boost::system::error_code error;
    const json::value value = json::parse(text_.substr(begin, at_ - begin), error);
    if (error || !value.is_string()) {
      at_ = begin;
      fail("the string has an escape or a byte that is not allowed");
    }
    if (has_control_character(value.get_string())) {
      errors_.push_back({std::string(file_), line_, std::to_string(begin - line_start_ + 1), "",
                         "the text holds a line break or another control character; write one line"});
    }
    return std::string(value.get_string());
  }

  void read_word(Node& node) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && std::string_view(",]} \t\r\n:").find(text_[at_]) == std::string_view::npos) ++at_;
    node.text = text_.substr(begin, at_ - begin);
    boost::system::error_code error;
    const json::value value = json::parse(node.text, error);
    if (error || value.is_string()) {
      at_ = begin;
      fail("'" + node.text.substr(0, 40) + "' is no value; text stands in double quotes");
    }
    if (value.is_null()) {
      node.text.clear();
      return;
    }
    if (value.is_bool()) {
      node.kind = NodeKind::flag;
      node.flag = value.get_bool();
      return;
    }
    // Boost.JSON reads 1e400 as infinite; such a number stays text, which a number field refuses.
    const auto number = parse_number(node.text);
    node.kind = number && std::isfinite(*number) ? NodeKind::number : NodeKind::text;
    if (number) node.number = *number;
    node.is_integer = node.text.find_first_of(".eE") == std::string::npos;
  }

  std::string_view text_;
  std::string_view file_;
  std::vector<Diagnostic>& errors_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t line_start_ = 0;
  std::size_t nodes_ = 0;
};

}  // namespace

Node parse_json_text(std::string_view text, std::string_view file, std::vector<Diagnostic>& errors) {
  if (text.size() > document_bytes_max) {
    errors.push_back({std::string(file), 0, "", "", "larger than " + std::to_string(document_bytes_max) + " bytes"});
    return {};
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // byte order mark
  try {
    return JsonReader(text, file, errors).read_document();
  } catch (const SyntaxError& error) {
    errors.push_back({std::string(file), error.line, std::to_string(error.column), "", error.message});
    return {};
  }
}

}  // namespace backtest
