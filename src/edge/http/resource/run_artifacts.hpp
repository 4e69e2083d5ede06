// Artifacts as the API reads them: only through the pointer of a completed run's record, never by looking at the disk
// (W-81). What a pointer leads to never changes, so an ETag is made of the pointer and never of the bytes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "edge/http/message/http_message.hpp"
#include "edge/http/resource/api_context.hpp"
#include "edge/http/resource/query_parameters.hpp"

namespace backtest {

// A completed run, and where its artifacts may be, likeliest first.
struct RunArtifacts {
  RunRecord record;
  std::vector<ArtifactStore*> places;
};

// HttpError 404 where the run has no artifacts that `source` (API-21) could find.
RunArtifacts artifacts_of(ApiContext& context, RunRecord record, ArtifactSource source);
// Those of the record that the path names, from where the query says; HttpError 400 or 404 otherwise.
RunArtifacts require_artifacts(ApiContext& context, const HttpRequest& request);

// HttpError 404 where the run has no artifact of that name.
std::unique_ptr<ArtifactReader> open_artifact(const RunArtifacts& run, std::string_view name,
                                              const ByteRange& range = {});
// The whole artifact, up to 4 MiB (HttpError 413 beyond).
std::string read_artifact(const RunArtifacts& run, std::string_view name);

// A validator of what this request answers, made of the run's pointer and the query.
std::string derived_etag(const RunRecord& record, const HttpRequest& request);
// If-None-Match by weak comparison.
bool not_modified(const HttpRequest& request, std::string_view etag);
// `cache_control` is what the whole answer has: of results, this.
HttpResponse not_modified_response(std::string_view etag, std::string_view cache_control = "private, no-cache");

}  // namespace backtest
