#include "base/strict_json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <cmath>
#include <optional>
#include <set>
#include <vector>

#include "base/number_text.hpp"

namespace backtest {

namespace {

// Boost.JSON's own parser keeps the last of two equal keys, reads 1e400 as infinite and does not round correctly
// ("95E91" is off by one bit): here the first two are refused and numbers are read by parse_number().
class StrictHandler {
 public:
  static constexpr std::size_t max_object_size = 1'000'000;
  static constexpr std::size_t max_array_size = 10'000'000;
  static constexpr std::size_t max_key_size = 65'536;
  static constexpr std::size_t max_string_size = std::size_t{1} << 30;

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) {
    keys_.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t size, json::error_code&) {
    keys_.pop_back();
    stack_.push_object(size);
    return true;
  }
  bool on_array_begin(json::error_code&) { return true; }
  bool on_array_end(std::size_t size, json::error_code&) {
    stack_.push_array(size);
    return true;
  }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    text_.append(part);
    return true;
  }
  bool on_key(json::string_view part, std::size_t, json::error_code& error) {
    text_.append(part);
    if (!keys_.back().insert(text_).second) {
      wrong_ = "the key \"" + text_.substr(0, 64) + "\" stands twice in one object";
      error = json::error::size_mismatch;
      return false;
    }
    stack_.push_key(text_);
    text_.clear();
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    text_.append(part);
    return true;
  }
  bool on_string(json::string_view part, std::size_t, json::error_code&) {
    text_.append(part);
    stack_.push_string(text_);
    text_.clear();
    return true;
  }
  bool on_number_part(json::string_view part, json::error_code&) {
    text_.append(part);
    return true;
  }
  bool on_int64(std::int64_t v, json::string_view, json::error_code&) {
    text_.clear();
    stack_.push_int64(v);
    return true;
  }
  bool on_uint64(std::uint64_t v, json::string_view, json::error_code&) {
    text_.clear();
    stack_.push_uint64(v);
    return true;
  }
  bool on_double(double, json::string_view part, json::error_code& error) {
    text_.append(part);
    const std::optional<double> exact = parse_number(text_);
    text_.clear();
    if (!exact || !std::isfinite(*exact)) {
      wrong_ = "a number is too large";
      error = json::error::exponent_overflow;
      return false;
    }
    stack_.push_double(*exact);
    return true;
  }
  bool on_bool(bool v, json::error_code&) {
    stack_.push_bool(v);
    return true;
  }
  bool on_null(json::error_code&) {
    stack_.push_null();
    return true;
  }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

  void begin() { stack_.reset(); }
  json::value release() { return stack_.release(); }
  const std::string& wrong() const { return wrong_; }

 private:
  json::value_stack stack_;
  std::string text_;
  std::string wrong_;
  std::vector<std::set<std::string>> keys_;
};

json::parse_options options() {
  json::parse_options strict;
  strict.max_depth = 64;
  return strict;
}

}  // namespace

std::expected<json::value, std::string> parse_strict_json(std::string_view text) {
  json::basic_parser<StrictHandler> parser(options());
  parser.handler().begin();
  json::error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (!error && read < text.size()) error = json::error::extra_data;
  if (!error && parser.done()) return parser.handler().release();
  const std::string& wrong = parser.handler().wrong();
  const std::string reason = !wrong.empty() ? wrong : error ? error.message() : "incomplete JSON";
  return std::unexpected(reason + " (at byte " + std::to_string(read) + ")");
}

}  // namespace backtest
