#include "spec/tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace backtest {
namespace {

using testing::HasSubstr;

Node yaml(std::string_view text) {
  std::vector<Diagnostic> errors;
  Node node = parse_yaml(text, "c.yaml", errors);
  for (const Diagnostic& error : errors) ADD_FAILURE() << error.text();
  return node;
}

Node json_tree(std::string_view text) {
  std::vector<Diagnostic> errors;
  Node node = parse_json_text(text, "c.json", errors);
  for (const Diagnostic& error : errors) ADD_FAILURE() << error.text();
  return node;
}

std::string yaml_error(std::string_view text) {
  std::vector<Diagnostic> errors;
  parse_yaml(text, "c.yaml", errors);
  return errors.empty() ? "" : errors.front().text();
}

std::string json_error(std::string_view text) {
  std::vector<Diagnostic> errors;
  parse_json_text(text, "c.json", errors);
  return errors.empty() ? "" : errors.front().text();
}

struct PlainCase {
  const char* text;
  NodeKind kind;
  double number = 0.0;
  bool is_integer = false;
};

constexpr PlainCase plain_cases[] = {
    {"", NodeKind::null},
    {"~", NodeKind::null},
    {"null", NodeKind::null},
    {"NULL", NodeKind::null},
    {"nUll", NodeKind::text},
    {"true", NodeKind::flag, 1},
    {"Yes", NodeKind::flag, 1},
    {"ON", NodeKind::flag, 1},
    {"off", NodeKind::flag, 0},
    {"NO", NodeKind::flag, 0},
    {"y", NodeKind::text},
    {"tRue", NodeKind::text},
    {"0", NodeKind::number, 0, true},
    {"-12", NodeKind::number, -12, true},
    {"+12", NodeKind::number, 12, true},
    {"1_000_000", NodeKind::number, 1000000, true},
    {"1.5", NodeKind::number, 1.5},
    {".5", NodeKind::number, 0.5},
    {"1.", NodeKind::number, 1.0},
    {"1e5", NodeKind::number, 100000},
    {"1.0e+5", NodeKind::number, 100000},
    {"1__0", NodeKind::text},
    {"_1", NodeKind::text},
    {"1_", NodeKind::text},
    {"010", NodeKind::text},
    {"-007", NodeKind::text},
    {"0700", NodeKind::text},
    {"0x1F", NodeKind::text},
    {"0b11", NodeKind::text},
    {"1:30", NodeKind::text},
    {".inf", NodeKind::text},
    {".nan", NodeKind::text},
    {"inf", NodeKind::text},
    {"nan", NodeKind::text},
    {"1e999", NodeKind::text},
    {"1.2.3", NodeKind::text},
    {"-", NodeKind::text},
    {"e5", NodeKind::text},
    {"2023-01-02", NodeKind::text},
    {"2023-01-02T10:00:00Z", NodeKind::text},
};

TEST(PlainScalars, NullsFlagsDecimalNumbersOrText) {  // CFG-1, decisions
  for (const PlainCase& c : plain_cases) {
    Node node;
    node.text = c.text;
    resolve_plain(node);
    EXPECT_EQ(node.kind, c.kind) << "'" << c.text << "'";
    if (c.kind == NodeKind::number) {
      EXPECT_EQ(node.number, c.number) << c.text;
      EXPECT_EQ(node.is_integer, c.is_integer) << c.text;
    }
    if (c.kind == NodeKind::flag) EXPECT_EQ(node.flag, c.number == 1.0) << c.text;
    EXPECT_EQ(node.text, c.text);  // as written
  }
}

TEST(YamlTree, KeepsOrderPositionsAndQuotes) {
  const Node root = yaml("b: 1\na:\n  - \"1\"\n  - {x: yes}\n");
  ASSERT_EQ(root.members.size(), 2U);
  EXPECT_EQ(root.members[0].key, "b");
  const Node& list = root.members[1].value;
  ASSERT_EQ(list.items.size(), 2U);
  EXPECT_EQ(list.items[0].kind, NodeKind::text);
  EXPECT_EQ(list.items[0].line, 3U);
  EXPECT_EQ(list.items[0].column, 5U);
  EXPECT_EQ(list.items[1].members[0].value.kind, NodeKind::flag);
  EXPECT_EQ(list.items[1].members[0].line, 4U);
  EXPECT_EQ(list.items[1].members[0].column, 6U);
}

TEST(YamlTree, EmptyDocumentIsAnEmptyMap) {  // CFG-1
  for (const char* text : {"", "\n", "# only a comment\n", "\xEF\xBB\xBF"}) {
    EXPECT_EQ(yaml(text).kind, NodeKind::map) << text;
  }
}

TEST(YamlTree, NullKeepsItsWord) {
  const Node root = yaml("a: NULL\nb:\nc: [null, ~, Null]\nNULL: 1\n");
  EXPECT_EQ(root.find("a")->value.kind, NodeKind::null);
  EXPECT_EQ(root.find("a")->value.text, "NULL");
  EXPECT_EQ(root.find("b")->value.text, "");
  EXPECT_EQ(root.find("c")->value.items[0].text, "null");
  EXPECT_EQ(root.find("c")->value.items[1].text, "");
  EXPECT_EQ(root.find("NULL")->value.number, 1.0);
}

TEST(JsonTree, ByteOrderMark) {
  std::vector<Diagnostic> errors;
  EXPECT_EQ(parse_json_text("\xEF\xBB\xBF{\"a\": 1}", "c.json", errors).find("a")->value.number, 1.0);
  EXPECT_TRUE(errors.empty());
}

TEST(YamlTree, ByteOrderMarkAndWindowsLineEnds) {
  const Node root = yaml(
      "\xEF\xBB\xBF"
      "a: \"x\"\r\nb: 'y'\r\n");
  EXPECT_EQ(root.find("a")->value.text, "x");
  EXPECT_EQ(root.find("b")->value.text, "y");
}

TEST(YamlTree, Refuses) {
  const std::pair<const char*, const char*> cases[] = {
      {"a: &x 1\n", "anchors are not allowed"},
      {"a: [1, 2\n", "not YAML"},
      {"a: *x\n", "not YAML"},
      {"a:\n  b: %d/%m/%Y\n", "c.yaml:2:6: not YAML: unknown token; text that begins with % stands in quotes"},
      {"a: @x\n", "text that begins with @ stands in quotes"},
      {"a: !!str 1\n", "tags are not allowed"},
      {"a: ! 1\nb: !mine {c: 1}\n", "tags are not allowed"},
      {"a: 1\na: 2\n", "c.yaml:2:1: 'a' stands twice"},
      {"a: {b: 1, b: 2}\n", "'b' stands twice"},
      {"\"a\": 1\na: 2\n", "'a' stands twice"},
      {"? [1]\n: 2\n", "a key must be text"},
      {"? {a: 1}\n: 2\n", "a key must be text"},
      {": 1\n", "a key must be text"},
      {"a: 1\n---\nb: 2\n", "c.yaml:2:1: a second document"},
      {"a: \"x\n", "the quoted text does not end"},
      {"a: 'it''s\n", "the quoted text does not end"},
      {"a: \"x\\\"\n", "the quoted text does not end"},
      {"a: \"\\x07\"\n", "control character"},
      {"\"a\\nb\": 1\n", "control character"},
      {"a: |\n  two\n  lines\n", "control character"},
      {"a: \"\\u2028\"\n", "control character"},
      {"a: caf\xE9\n", "not UTF-8"},
      {"a: \xED\xA0\x80\n", "not UTF-8"},
  };
  for (const auto& [text, message] : cases) EXPECT_THAT(yaml_error(text), HasSubstr(message)) << text;
}

TEST(JsonTree, ReadsWhatJsonIs) {
  const Node root = json_tree("{\"a\": 1e5, \"b\": [true, null, \"\\u00e9\\\"\"],\n  \"c\": -0.5, \"d\": {}}");
  EXPECT_EQ(root.find("a")->value.number, 1e5);
  EXPECT_FALSE(root.find("a")->value.is_integer);
  const Node& list = root.find("b")->value;
  EXPECT_TRUE(list.items[0].flag);
  EXPECT_EQ(list.items[1].kind, NodeKind::null);
  EXPECT_EQ(list.items[2].text, "\xC3\xA9\"");
  EXPECT_EQ(root.find("c")->value.line, 2U);
  EXPECT_EQ(root.find("c")->value.column, 8U);
  EXPECT_EQ(root.find("d")->value.kind, NodeKind::map);
}

TEST(JsonTree, Refuses) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "it ends too early"},
      {"{", "it ends too early"},
      {"{\"a\": 1,}", "a key in double quotes"},
      {"{\"a\": [1,]}", "is no value"},
      {"{\"a\" 1}", "':' is missing"},
      {"{\"a\": 1 \"b\": 2}", "',' is missing"},
      {"{\"a\": 01}", "is no value"},
      {"{\"a\": +1}", "is no value"},
      {"{\"a\": .5}", "is no value"},
      {"{\"a\": NaN}", "is no value"},
      {"{\"a\": Infinity}", "is no value"},
      {"{\"a\": yes}", "is no value"},
      {"{\"a\": 'x'}", "is no value"},
      {"{\"a\": \"x}", "a string does not end"},
      {"{\"a\": \"\\q\"}", "escape"},
      {"{\"a\": \"\\ud800\"}", "escape"},
      {"{\"a\": \"\\u0007\"}", "control character"},
      {"{\"a\": 1} x", "something follows"},
      {"{\"a\": 1,\n \"a\": 2}", "c.json:2:2: 'a' stands twice"},
      {"// no comments\n{}", "is no value"},
  };
  for (const auto& [text, message] : cases) EXPECT_THAT(json_error(text), HasSubstr(message)) << text;
}

TEST(Budgets, BytesNodesAndDepth) {
  const std::string deep = std::string(41, '[') + std::string(41, ']');
  EXPECT_THAT(yaml_error("a: " + deep), HasSubstr("nested deeper than 40 levels"));
  EXPECT_THAT(json_error("{\"a\": " + deep + "}"), HasSubstr("nested deeper than 40 levels"));
  std::string many = "[";
  for (std::size_t i = 0; i <= document_nodes_max; ++i) many += "1,";
  EXPECT_THAT(yaml_error("a: " + many + "1]"), HasSubstr("more than 200000 values"));
  EXPECT_THAT(json_error("{\"a\": " + many + "1]}"), HasSubstr("more than 200000 values"));
  // Refused before yaml-cpp scans it: its tokens for these two megabytes take half a gigabyte.
  EXPECT_THAT(yaml_error(std::string(2'000'000, '[')), HasSubstr("more than 200000 values"));
  const std::string long_text(document_bytes_max, 'x');
  EXPECT_THAT(yaml_error("a: " + long_text), HasSubstr("larger than"));
  EXPECT_THAT(json_error("{\"a\": \"" + long_text + "\"}"), HasSubstr("larger than"));
}

TEST(Utf8, StopsAtTheFirstWrongByte) {
  EXPECT_EQ(invalid_utf8_at("plain \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"), std::string_view::npos);
  const std::pair<std::string_view, std::size_t> cases[] = {
      {"ab\xFF", 2},
      {"\x80", 0},
      {"a\xC3", 1},
      {"\xC0\xAF", 0},
      {"\xE0\x80\x80", 0},
      {"\xED\xBF\xBF", 0},
      {"\xF4\x90\x80\x80", 0},
      {"\xF0\x8F\xBF\xBF", 0},
      {"x\xE2\x82", 1},
      {"\xF5\x80\x80\x80", 0},
  };
  for (const auto& [text, at] : cases) EXPECT_EQ(invalid_utf8_at(text), at);
}

}  // namespace
}  // namespace backtest
