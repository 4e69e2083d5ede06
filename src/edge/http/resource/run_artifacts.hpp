// Artifacts as the API reads them: only through the pointer of a completed run's record, never by looking at the disk
// (W-81). What a pointer leads to never changes, so an ETag is made of the pointer and never of the bytes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "edge/http/message/http_message.hpp"
#include "edge/http/resource/api_context.hpp"
#include "edge/http/resource/query_parameters.hpp"

namespace backtest {

// The record that the path names, which has artifacts that `source` may read; HttpError 400 or 404 otherwise.
RunRecord require_artifacts(ApiContext& context, const HttpRequest& request);

// HttpError 404 where the run has no artifact of that name.
std::unique_ptr<ArtifactReader> open_artifact(ApiContext& context, const RunRecord& record, std::string_view name,
                                              const ByteRange& range = {});
// The whole artifact, up to 4 MiB (HttpError 413 beyond).
std::string read_artifact(ApiContext& context, const RunRecord& record, std::string_view name);

// A validator of what this request answers, made of the run's pointer and the query.
std::string derived_etag(const RunRecord& record, const HttpRequest& request);
// If-None-Match by weak comparison.
bool not_modified(const HttpRequest& request, std::string_view etag);
HttpResponse not_modified_response(std::string_view etag);

}  // namespace backtest
