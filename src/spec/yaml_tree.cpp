// YAML text -> tree, by yaml-cpp's events. Its own node model is not used: it follows aliases and forgets positions.

#include <yaml-cpp/anchor.h>
#include <yaml-cpp/emitterstyle.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <set>
#include <sstream>

#include "spec/tree.hpp"

namespace backtest {

namespace {

struct Refused {
  YAML::Mark mark;
  std::string message;
};

std::string too_many_values() {
  return "more than " + std::to_string(document_nodes_max) + " values in one document";
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, std::string_view file, std::vector<Diagnostic>& errors)
      : text_(text), file_(file), errors_(errors) {}

  Node take_root() { return std::move(root_); }

  const YAML::Mark& document_start() const { return document_start_; }

  void OnDocumentStart(const YAML::Mark& mark) override { document_start_ = mark; }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    Node node;
    node.text = null_word(mark);
    const bool is_key = !open_.empty() && open_.back().expects_key;
    if (is_key && !node.text.empty()) {
      take_key(mark, node.text);
    } else {
      add(mark, std::move(node));
    }
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refused{mark, "aliases are not allowed; write the value out"};
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    refuse_anchor(mark, anchor);
    if (has_control_character(text)) {
      errors_.push_back({std::string(file_), line_of(mark), std::to_string(column_of(mark)), "",
                         "the text holds a line break or another control character; write one line"});
    }
    Node node;
    node.text = text;
    if (tag == "?") {
      resolve_plain(node);
    } else if (tag == "!" || tag.empty()) {
      node.kind = NodeKind::text;  // quoted, or a block scalar
      refuse_open_quote(mark);
    } else {
      throw Refused{mark, "tags are not allowed; write the value without '" + tag + "'"};
    }
    if (!open_.empty() && open_.back().expects_key) {
      take_key(mark, text);
      return;
    }
    add(mark, std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open_collection(mark, tag, anchor, NodeKind::list);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open_collection(mark, tag, anchor, NodeKind::map);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Node node;
    bool expects_key = false;
    std::string key;
    std::size_t key_line = 0;
    std::size_t key_column = 0;
    bool key_is_duplicate = false;
    std::set<std::string> keys;
  };

  static std::size_t line_of(const YAML::Mark& mark) { return static_cast<std::size_t>(mark.line) + 1; }
  static std::size_t column_of(const YAML::Mark& mark) { return static_cast<std::size_t>(mark.column) + 1; }

  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor)
      throw Refused{mark, "anchors are not allowed; write the value out where it is used"};
  }

  // How null is written: the word may be a ticker. yaml-cpp does not tell.
  std::string null_word(const YAML::Mark& mark) const {
    const std::string_view rest = text_.substr(std::min(static_cast<std::size_t>(mark.pos), text_.size()));
    for (const char* word : {"NULL", "Null", "null"}) {
      if (rest.starts_with(word)) return word;
    }
    return "";
  }

  // yaml-cpp takes the end of the document for the missing quote. A mark's position counts bytes.
  void refuse_open_quote(const YAML::Mark& mark) const {
    std::size_t at = static_cast<std::size_t>(mark.pos);
    const char quote = at < text_.size() ? text_[at] : '\0';
    if (quote != '"' && quote != '\'') return;
    while (++at < text_.size()) {
      if (quote == '"' && text_[at] == '\\') {
        ++at;
      } else if (text_[at] == quote) {
        const bool is_doubled = quote == '\'' && at + 1 < text_.size() && text_[at + 1] == quote;
        if (!is_doubled) return;
        ++at;
      }
    }
    throw Refused{mark, "the quoted text does not end"};
  }

  void open_collection(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, NodeKind kind) {
    refuse_anchor(mark, anchor);
    if (tag != "?" && tag != "!" && !tag.empty()) throw Refused{mark, "tags are not allowed; remove '" + tag + "'"};
    if (!open_.empty() && open_.back().expects_key) throw Refused{mark, "a key must be text, not a list or a map"};
    if (static_cast<int>(open_.size()) >= document_depth_max) {
      throw Refused{mark, "nested deeper than " + std::to_string(document_depth_max) + " levels"};
    }
    count(mark);
    Open open;
    open.node.kind = kind;
    open.node.line = line_of(mark);
    open.node.column = column_of(mark);
    open.expects_key = kind == NodeKind::map;
    open_.push_back(std::move(open));
  }

  void take_key(const YAML::Mark& mark, const std::string& text) {
    Open& map = open_.back();
    map.key = text;
    map.key_line = line_of(mark);
    map.key_column = column_of(mark);
    map.key_is_duplicate = !map.keys.insert(text).second;
    map.expects_key = false;
    if (map.key_is_duplicate) {
      errors_.push_back({std::string(file_), map.key_line, std::to_string(map.key_column), "",
                         "'" + text + "' stands twice in this map; keep one"});
    }
  }

  void count(const YAML::Mark& mark) {
    if (++nodes_ > document_nodes_max) {
      throw Refused{mark, too_many_values()};
    }
  }

  void add(const YAML::Mark& mark, Node node) {
    count(mark);
    node.line = line_of(mark);
    node.column = column_of(mark);
    if (!open_.empty() && open_.back().expects_key) throw Refused{mark, "a key must be text"};
    place(std::move(node));
  }

  void place(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == NodeKind::list) {
      parent.node.items.push_back(std::move(node));
      return;
    }
    if (!parent.key_is_duplicate) {
      parent.node.members.push_back({parent.key, parent.key_line, parent.key_column, std::move(node)});
    }
    parent.expects_key = true;
  }

  void close() {
    Node node = std::move(open_.back().node);
    open_.pop_back();
    place(std::move(node));
  }

  std::string_view text_;
  std::string_view file_;
  std::vector<Diagnostic>& errors_;
  YAML::Mark document_start_;
  std::vector<Open> open_;
  Node root_;
  std::size_t nodes_ = 0;
};

// What is often meant where YAML has no meaning.
std::string hint(std::string_view text, const YAML::Mark& mark) {
  if (mark.is_null()) return "";
  for (int line = 0; line < mark.line && !text.empty(); ++line) {
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  }
  const std::string_view line = text.substr(0, text.find('\n'));
  const auto column = static_cast<std::size_t>(mark.column);
  if (column < line.size() && std::string_view("%@`").contains(line[column])) {
    return std::string("; text that begins with ") + line[column] + " stands in quotes";
  }
  const std::size_t begin = text.find_first_not_of(' ');
  const bool has_tab = begin != std::string_view::npos && text[begin] == '\t';
  return has_tab ? "; the line is indented with a tab, YAML wants spaces" : "";
}

// yaml-cpp keeps the tokens of a whole line, some 200 bytes each, before it gives out the first: a line of nothing but
// brackets must be refused before it is scanned. Each value of a flow list or map takes one of these signs.
bool has_too_many_flow_values(std::string_view text) {
  const auto signs = std::count_if(text.begin(), text.end(), [](char c) { return c == '[' || c == '{' || c == ','; });
  return static_cast<std::size_t>(signs) > document_nodes_max;
}

}  // namespace

Node parse_yaml(std::string_view text, std::string_view file, std::vector<Diagnostic>& errors) {
  const auto fail = [&](const YAML::Mark& mark, const std::string& message) {
    const bool placed = !mark.is_null();
    errors.push_back({std::string(file), placed ? static_cast<std::size_t>(mark.line) + 1 : 0,
                      placed ? std::to_string(mark.column + 1) : "", "", message});
  };
  if (text.size() > document_bytes_max) {
    fail(YAML::Mark::null_mark(), "larger than " + std::to_string(document_bytes_max) + " bytes");
    return {};
  }
  if (const std::size_t at = invalid_utf8_at(text); at != std::string_view::npos) {
    const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    errors.push_back({std::string(file), static_cast<std::size_t>(line) + 1, "", "", "not UTF-8"});
    return {};
  }
  if (has_too_many_flow_values(text)) {
    fail(YAML::Mark::null_mark(), too_many_values());
    return {};
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // byte order mark
  TreeBuilder builder(text, file, errors);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) {
      Node empty;
      empty.kind = NodeKind::map;
      return empty;  // an empty document is an empty map (CFG-1)
    }
    TreeBuilder rest(text, file, errors);
    if (parser.HandleNextDocument(rest)) fail(rest.document_start(), "a second document begins; a config is one");
  } catch (const Refused& refused) {
    fail(refused.mark, refused.message);
  } catch (const YAML::Exception& error) {
    fail(error.mark, "not YAML: " + error.msg + hint(text, error.mark));
  }
  return builder.take_root();
}

}  // namespace backtest
