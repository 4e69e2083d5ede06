#include "edge/http/message/json_body.hpp"

#include "base/strict_json.hpp"
#include "edge/http/message/problem.hpp"

namespace backtest {

json::value parse_json_body(std::string_view text) {
  auto parsed = parse_strict_json(text);
  if (!parsed) throw HttpError(422, "invalid_json", "the body is not valid JSON: " + parsed.error());
  return std::move(*parsed);
}

}  // namespace backtest
