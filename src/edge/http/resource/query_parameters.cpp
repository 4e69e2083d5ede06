#include "edge/http/resource/query_parameters.hpp"

#include <charconv>
#include <string>

#include "edge/http/message/problem.hpp"
#include "settings/setting_text.hpp"

namespace backtest {

std::int64_t integer_parameter(const HttpRequest& request, std::string_view name, std::int64_t fallback,
                               std::int64_t least, std::int64_t most) {
  const auto text = request.query(name);
  if (!text) return fallback;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc{} || end != text->data() + text->size() || number < least || number > most) {
    throw invalid_parameter(std::string(name),
                            "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return number;
}

bool flag_parameter(const HttpRequest& request, std::string_view name, bool fallback) {
  const auto text = request.query(name);
  if (!text) return fallback;
  const auto flag = parse_flag(*text);
  if (!flag) throw invalid_parameter(std::string(name), "must be true or false");
  return *flag;
}

ArtifactSource source_parameter(const HttpRequest& request) {
  const std::string_view text = request.query("source").value_or("auto");
  if (text == "auto") return ArtifactSource::any;
  if (text == "local") return ArtifactSource::local;
  if (text == "adls") return ArtifactSource::adls;
  throw HttpError(400, "invalid_source", "source must be auto, local or adls");
}

}  // namespace backtest
