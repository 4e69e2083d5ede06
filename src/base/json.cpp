#include "base/json.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/number_text.hpp"

namespace backtest {

namespace {

void append_unicode_escape(std::string& out, std::uint32_t unit) {
  static constexpr char digits[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += digits[(unit >> shift) & 15];
}

// Decodes one code point at text[at] and moves `at` past it; malformed bytes give U+FFFD and advance by one.
std::uint32_t decode_utf8(std::string_view text, std::size_t& at) {
  constexpr std::uint32_t replacement = 0xFFFD;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(at);
  const int more = lead < 0x80 ? 0 : lead >= 0xF0 && lead < 0xF5 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC2 ? 1 : -1;
  if (more < 0 || lead >= 0xF5 || at + static_cast<std::size_t>(more) >= text.size()) {
    ++at;
    return replacement;
  }
  std::uint32_t code = more == 0 ? lead : lead & (0x3Fu >> more);
  for (int i = 1; i <= more; ++i) {
    const unsigned next = byte(at + static_cast<std::size_t>(i));
    if ((next & 0xC0) != 0x80) {
      ++at;
      return replacement;
    }
    code = code << 6 | (next & 0x3F);
  }
  static constexpr std::uint32_t smallest[] = {0, 0x80, 0x800, 0x10000};
  if (code < smallest[more] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
    ++at;
    return replacement;
  }
  at += static_cast<std::size_t>(more) + 1;
  return code;
}

bool is_plain(char c) {
  return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

class Writer {
 public:
  Writer(std::string& out, JsonLayout layout) : out_(out), layout_(layout) {}

  void write(const json::value& value, int depth) {
    switch (value.kind()) {
      case json::kind::null:
        out_ += "null";
        break;
      case json::kind::bool_:
        out_ += value.get_bool() ? "true" : "false";
        break;
      case json::kind::int64:
        out_ += std::to_string(value.get_int64());
        break;
      case json::kind::uint64:
        out_ += std::to_string(value.get_uint64());
        break;
      case json::kind::double_:
        append_json_number(out_, value.get_double());
        break;
      case json::kind::string:
        append_json_string(out_, value.get_string());
        break;
      case json::kind::array:
        write_array(value.get_array(), depth);
        break;
      case json::kind::object:
        write_object(value.get_object(), depth);
        break;
    }
  }

 private:
  void new_line(int depth) {
    if (layout_ == JsonLayout::compact) return;
    out_ += '\n';
    out_.append(static_cast<std::size_t>(depth) * 2, ' ');
  }

  void write_array(const json::array& array, int depth) {
    if (array.empty()) {
      out_ += "[]";
      return;
    }
    out_ += '[';
    bool first = true;
    for (const json::value& item : array) {
      if (!first) out_ += ',';
      first = false;
      new_line(depth + 1);
      write(item, depth + 1);
    }
    new_line(depth);
    out_ += ']';
  }

  void write_object(const json::object& object, int depth) {
    if (object.empty()) {
      out_ += "{}";
      return;
    }
    std::vector<const json::key_value_pair*> pairs;
    pairs.reserve(object.size());
    for (const auto& pair : object) pairs.push_back(&pair);
    // Byte order of UTF-8 is code point order.
    std::sort(pairs.begin(), pairs.end(),
              [](const auto* a, const auto* b) { return std::string_view(a->key()) < std::string_view(b->key()); });
    out_ += '{';
    bool first = true;
    for (const auto* pair : pairs) {
      if (!first) out_ += ',';
      first = false;
      new_line(depth + 1);
      append_json_string(out_, pair->key());
      out_ += layout_ == JsonLayout::compact ? ":" : ": ";
      write(pair->value(), depth + 1);
    }
    new_line(depth);
    out_ += '}';
  }

  std::string& out_;
  JsonLayout layout_;
};

}  // namespace

void append_json_number(std::string& out, double number) {
  if (std::isfinite(number)) {
    append_number(out, number);
  } else {
    out += "null";
  }
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    // Nearly all text is runs of characters that stand for themselves.
    std::size_t plain = at;
    while (plain < text.size() && is_plain(text[plain])) ++plain;
    out.append(text, at, plain - at);
    at = plain;
    if (at == text.size()) break;
    const std::uint32_t code = decode_utf8(text, at);
    switch (code) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      default:
        if (code < 0x10000) {
          append_unicode_escape(out, code);
        } else {
          append_unicode_escape(out, 0xD800 + ((code - 0x10000) >> 10));
          append_unicode_escape(out, 0xDC00 + ((code - 0x10000) & 0x3FF));
        }
    }
  }
  out += '"';
}

std::string json_text(const json::value& value, JsonLayout layout) {
  std::string out;
  Writer(out, layout).write(value, 0);
  return out;
}

}  // namespace backtest
