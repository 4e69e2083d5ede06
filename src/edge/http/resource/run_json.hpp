// A run's record as the API shows it (API-22, with more members than the Python service had), and checks of run ids.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "edge/http/message/http_message.hpp"
#include "edge/http/message/problem.hpp"
#include "edge/http/resource/api_context.hpp"
#include "edge/http/resource/queue_front.hpp"

namespace backtest {

// Written straight into the answer, sorted by name as all JSON here: a list of 200 builds no tree of values.
// With links where `link_prefix` is given: what stands before "/backtests" in them, as the caller wrote it.
// With its position in the queue where that is given.
void append_run(std::string& out, const RunRecord& record, const std::optional<std::string>& link_prefix = {},
                const QueuePositions& queue_positions = {});
void append_runs(std::string& out, const std::vector<RunRecord>& records, const QueuePositions& queue_positions = {});
std::string run_json(const RunRecord& record, const std::optional<std::string>& link_prefix = {},
                     const QueuePositions& queue_positions = {});
json::object run_links(std::string_view link_prefix, std::string_view run_id);

// SEC-1, trimmed; also not a word that the paths use. HttpError 400 otherwise.
std::string checked_run_id(std::string_view text);
// The record that the path's {run_id} names, without its configs, which can be megabytes; HttpError 404
// otherwise, and where the caller may not read it.
RunRecord require_run(ApiContext& context, const HttpRequest& request);
HttpError no_run(std::string_view run_id);  // 404
// Whoever asks: for links that prove that they were given to somebody who may read the run.
RunRecord find_run(ApiContext& context, const std::string& run_id);

struct RunWithConfigs {
  MemoryShare memory;  // first, so that it goes last
  RunRecord record;
};
// With memory for reading the two texts and copying them once, and for what is made of the effective one. HttpError 503
// where there is none.
RunWithConfigs require_run_with_configs(ApiContext& context, const HttpRequest& request, std::string_view run_id,
                                        std::uint64_t bytes_per_effective_byte = 0);

}  // namespace backtest
