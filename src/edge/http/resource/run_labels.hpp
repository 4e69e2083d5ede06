// What people give to a run in bodies of requests: its name, note and tags. What is wrong ends the request with 422.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "edge/http/message/http_message.hpp"
#include "run_store/run_tags.hpp"

namespace backtest {

inline constexpr std::size_t longest_run_name = 256;  // characters, as in configs

// 415 where the body is not sent as JSON.
void require_json(const HttpRequest& request);
// Nothing where it is missing, null or empty.
std::optional<std::string> label_field(const json::object& body, std::string_view name, std::size_t most_characters);
std::vector<std::string> tags_field(const json::object& body, std::string_view name = "tags");

}  // namespace backtest
