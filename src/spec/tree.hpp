// A config as a tree with positions, before anything is known about its keys. YAML, JSON text and JSON values all
// become this tree, so that one decoder reads them and every error can name its line and column.
//
// Refused here: anchors and aliases, tags, several documents, duplicate keys, bytes that are not UTF-8, control
// characters in text (names become files, CSV cells and log lines), and documents beyond the budgets below.
// Scalars keep their text as written: a ticker like `ON` or `0700` is text wherever text is asked for.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/json.hpp"

namespace backtest {

inline constexpr std::size_t document_bytes_max = 2u << 20;
inline constexpr std::size_t document_nodes_max = 200'000;
inline constexpr int document_depth_max = 40;

enum class NodeKind { null, flag, number, text, list, map };

struct Member;

struct Node {
  NodeKind kind = NodeKind::null;
  std::string text;         // of a scalar, as written
  double number = 0.0;      // kind number
  bool flag = false;        // kind flag
  bool is_integer = false;  // a number without fraction and exponent
  std::size_t line = 0;     // 1-based; 0 = unknown
  std::size_t column = 0;
  std::vector<Node> items;      // kind list
  std::vector<Member> members;  // kind map, in order

  const Member* find(std::string_view key) const;
};

struct Member {
  std::string key;
  std::size_t line = 0;
  std::size_t column = 0;
  Node value;
};

// What YAML makes of an unquoted scalar: null, flag, finite decimal number or text. Numbers are decimal, `_` may stand
// between digits; octal, hexadecimal and sexagesimal forms, `inf` and `nan` stay text, so that a number field refuses
// them.
void resolve_plain(Node& node);

// Where `text` stops being UTF-8; npos where it is all of it.
std::size_t invalid_utf8_at(std::string_view text);
// A line break, a tab, any other control character, or a byte order mark.
bool has_control_character(std::string_view text);

// Syntax errors, duplicates and broken budgets are appended to `errors`; the tree is then what could be read.
Node parse_yaml(std::string_view text, std::string_view file, std::vector<Diagnostic>& errors);
Node parse_json_text(std::string_view text, std::string_view file, std::vector<Diagnostic>& errors);
Node tree_of(const json::value& value, std::vector<Diagnostic>& errors);

}  // namespace backtest
