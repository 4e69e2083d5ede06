#include "edge/http/resource/run_artifacts.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii_text.hpp"
#include "base/diagnostic.hpp"
#include "base/log.hpp"
#include "base/sha256.hpp"
#include "edge/http/message/problem.hpp"
#include "edge/http/resource/run_json.hpp"

namespace backtest {

namespace {

constexpr std::uint64_t most_bytes_in_memory = 4u << 20;

std::string_view without_weakness(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  return etag;
}

}  // namespace

RunArtifacts artifacts_of(ApiContext& context, RunRecord record, ArtifactSource source) {
  if (!record.artifacts) {
    throw HttpError(404, "artifacts_not_available",
                    is_terminal(record.state) ? "the run has no artifacts: it is " + std::string(to_text(record.state))
                                              : "the run has not finished; its artifacts appear when it has");
  }
  const ArtifactPlaces& artifacts = context.artifacts;
  RunArtifacts run{.record = std::move(record), .places = {}};
  if (source == ArtifactSource::local) {
    run.places = {&artifacts.local()};
    return run;
  }
  try {
    run.places = artifacts.candidates({run.record.run_id, run.record.adls_container, run.record.adls_prefix});
  } catch (const InvalidInput& error) {
    log_warning("a run's place may not be used", {{"run_id", run.record.run_id}, {"reason", error.what()}});
    throw HttpError(404, "artifacts_not_available", "the run's artifacts lie where this service may not read");
  }
  if (source == ArtifactSource::adls) std::erase(run.places, &artifacts.local());
  if (run.places.empty()) {
    throw HttpError(404, "artifact_not_found",
                    artifacts.remote() ? "the run has no artifacts in object storage"
                                       : "this service keeps no artifacts in object storage");
  }
  return run;
}

RunArtifacts require_artifacts(ApiContext& context, const HttpRequest& request) {
  const ArtifactSource source = source_parameter(request);
  return artifacts_of(context, require_run(context, request), source);
}

std::unique_ptr<ArtifactReader> open_artifact(const RunArtifacts& run, std::string_view name, const ByteRange& range) {
  for (ArtifactStore* place : run.places) {
    auto opened = place->open(run.record.run_id, run.record.artifacts->prefix, name, range);
    if (opened) return std::move(*opened);
    if (opened.error() == ArtifactError::bad_name) {
      throw HttpError(400, "invalid_artifact_name", "the artifact's name is malformed");
    }
  }
  throw HttpError(404, "artifact_not_found", "the run has no artifact " + std::string(name));
}

std::string read_artifact(const RunArtifacts& run, std::string_view name) {
  const std::unique_ptr<ArtifactReader> reader = open_artifact(run, name);
  if (reader->size() > most_bytes_in_memory) {
    throw HttpError(413, "artifact_too_large", "the artifact is too large for this answer; fetch the file itself");
  }
  std::string text(static_cast<std::size_t>(reader->size()), '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const std::size_t got = reader->read(text.data() + size, text.size() - size);
    if (got == 0) break;
    size += got;
  }
  text.resize(size);
  return text;
}

std::string derived_etag(const RunRecord& record, const HttpRequest& request) {
  Sha256 hash;
  hash.update_framed(record.artifacts->prefix);
  hash.update_framed(record.artifacts->manifest_sha256);
  hash.update_framed(request.target.raw_path);
  hash.update_framed(request.target.raw_query);
  return "W/\"" + hash.hex().substr(0, 32) + "\"";
}

bool not_modified(const HttpRequest& request, std::string_view etag) {
  const auto wanted = request.header("If-None-Match");
  if (!wanted) return false;
  const std::vector<std::string> tags = comma_list(*wanted);
  return std::ranges::any_of(
      tags, [&](const std::string& tag) { return tag == "*" || without_weakness(tag) == without_weakness(etag); });
}

HttpResponse not_modified_response(std::string_view etag, std::string_view cache_control) {
  HttpResponse response;
  response.status = 304;
  response.set("ETag", std::string(etag));
  // What a cache has to know of the answer that it keeps.
  response.set("Cache-Control", std::string(cache_control));
  response.set("Vary", "Accept-Encoding");
  return response;
}

}  // namespace backtest
