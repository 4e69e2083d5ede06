#include "postgres/connection_string.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <ranges>
#include <regex>
#include <stdexcept>
#include <system_error>

#include "base/ascii_text.hpp"
#include "postgres/libpq.hpp"

namespace backtest {

namespace {

void replace_all(std::string& text, std::string_view what) {
  if (what.empty()) return;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 3)) {
    text.replace(at, what.size(), "***");
  }
}

using ParsedOptions = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

// Null where libpq cannot parse it.
ParsedOptions parsed_options(const std::string& dsn) {
  char* reason = nullptr;
  ParsedOptions options(libpq().PQconninfoParse(dsn.c_str(), &reason), libpq().PQconninfoFree);
  if (reason) libpq().PQfreemem(reason);  // libpq quotes the text in it
  return dsn.empty() ? ParsedOptions(nullptr, libpq().PQconninfoFree) : std::move(options);
}

// One for each host, between commas; an empty one is the default.
bool are_ports(std::string_view list) {
  for (const auto part : std::views::split(list, ',')) {
    const std::string_view text = trimmed(std::string_view(part));
    if (text.empty()) continue;
    unsigned port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port < 1 || port > 65'535) return false;
  }
  return true;
}

bool is_ssl_mode(std::string_view word) {
  constexpr std::array<std::string_view, 6> modes = {"disable", "allow",     "prefer",
                                                     "require", "verify-ca", "verify-full"};
  return std::ranges::find(modes, word) != modes.end();
}

}  // namespace

ConnectionString::ConnectionString(Secret dsn) : dsn_(std::move(dsn)) {
  const std::string text(dsn_.reveal());
  const ParsedOptions options = parsed_options(text);
  if (!options) {
    throw std::invalid_argument(
        "the PostgreSQL DSN cannot be parsed; allowed: postgresql://user@host:5432/database?sslmode=require or "
        "host=... dbname=... user=...");
  }
  std::string host = "default", port = "5432", database = "default";
  for (const PQconninfoOption* option = options.get(); option->keyword; ++option) {
    if (!option->val || !*option->val) continue;
    const std::string_view keyword = option->keyword;
    if (keyword == "password" || keyword == "sslpassword") hidden_.emplace_back(option->val);
    if (keyword == "host" || keyword == "hostaddr") host = option->val;
    if (keyword == "port") port = option->val;
    if (keyword == "dbname") database = option->val;
  }
  target_ = host + ":" + port + "/" + database;
}

std::string ConnectionString::scrub(std::string_view message) const {
  static const std::regex keyword(R"(((?:ssl)?password\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&]+))", std::regex::icase);
  static const std::regex user_info(R"((://[^:/@\s]*):[^@\s]*@)");
  std::string text(message);
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  replace_all(text, dsn_.reveal());
  for (const Secret& secret : hidden_) replace_all(text, secret.reveal());
  text = std::regex_replace(text, keyword, "$1***");
  return std::regex_replace(text, user_info, "$1:***@");
}

std::string dsn_flaw(std::string_view dsn) {
  const ParsedOptions options = parsed_options(std::string(dsn));
  if (!options) return "is not a connection string that libpq can parse (key=value pairs or a postgresql:// URI)";
  // libpq looks at these when it connects.
  for (const PQconninfoOption* option = options.get(); option->keyword; ++option) {
    if (!option->val || !*option->val) continue;
    const std::string_view keyword = option->keyword;
    if (keyword == "port" && !are_ports(option->val)) return "names a port that is no number from 1 to 65535";
    if (keyword == "sslmode" && !is_ssl_mode(option->val)) {
      return "has an sslmode other than disable, allow, prefer, require, verify-ca and verify-full";
    }
  }
  return {};
}

}  // namespace backtest
