#include "postgres/connection_string.hpp"

#include <memory>
#include <regex>
#include <stdexcept>

#include "postgres/libpq.hpp"

namespace backtest {

namespace {

void replace_all(std::string& text, std::string_view what) {
  if (what.empty()) return;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 3)) {
    text.replace(at, what.size(), "***");
  }
}

}  // namespace

ConnectionString::ConnectionString(Secret dsn) : dsn_(std::move(dsn)) {
  const std::string text(dsn_.reveal());
  char* reason = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      libpq().PQconninfoParse(text.c_str(), &reason), libpq().PQconninfoFree);
  if (reason) libpq().PQfreemem(reason);  // libpq quotes the text in it
  if (!options || text.empty()) {
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

bool dsn_is_valid(std::string_view dsn) {
  try {
    const ConnectionString parsed{Secret(std::string(dsn))};
    return true;
  } catch (const std::invalid_argument&) {
    return false;
  }
}

}  // namespace backtest
