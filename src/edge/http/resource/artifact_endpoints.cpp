// The artifacts of a run as files: listed, and sent whole, in ranges or not at all when the client has them.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <tuple>
#include <vector>

#include "base/ascii_text.hpp"
#include "base/sha256.hpp"
#include "base/utc_time.hpp"
#include "edge/http/message/problem.hpp"
#include "edge/http/resource/query_parameters.hpp"
#include "edge/http/resource/resources.hpp"
#include "edge/http/resource/run_artifacts.hpp"
#include "edge/http/resource/run_json.hpp"
#include "edge/http/resource/tearsheet_link.hpp"

namespace backtest {

namespace {

class ArtifactSourceBody : public BodySource {
 public:
  explicit ArtifactSourceBody(std::unique_ptr<ArtifactReader> reader) : reader_(std::move(reader)) {}
  std::size_t read(char* buffer, std::size_t capacity) override { return reader_->read(buffer, capacity); }

 private:
  std::unique_ptr<ArtifactReader> reader_;
};

std::string_view content_type(std::string_view name) {
  struct Type {
    std::string_view ending, type;
  };
  static constexpr Type types[] = {
      {".json", "application/json"},         {".csv", "text/csv; charset=utf-8"},
      {".yaml", "application/yaml"},         {".parquet", "application/vnd.apache.parquet"},
      {".html", "text/html; charset=utf-8"}, {".txt", "text/plain; charset=utf-8"}};
  for (const Type& type : types) {
    if (name.ends_with(type.ending)) return type.type;
  }
  return "application/octet-stream";
}

// A name between quotes in a header: what could end the quotes is left out.
std::string disposition(std::string_view name) {
  std::string file;
  for (char c : name.substr(name.rfind('/') + 1)) {
    if (c > ' ' && c < 0x7F && c != '"' && c != '\\') file += c;
  }
  return "attachment; filename=\"" + file + "\"";
}

constexpr std::string_view tearsheet_name = "tearsheet.html";

// A tear sheet may run its own script in a frame of the service's pages, and reach nothing: neither the service with
// the reader's credentials nor anybody else.
void show_inline(HttpResponse& response) {
  response.set("Content-Disposition", "inline");
  response.set("Content-Security-Policy",
               "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
               "frame-ancestors 'self'");
}

// Another run under the same id, of somebody else perhaps, has another one.
std::string result_of(const RunRecord& record) {
  const std::string prefix = record.artifacts ? record.artifacts->prefix : "";
  return sha256_hex(std::to_string(record.submitted_at) + "\n" + prefix + "\n" + record.submitter).substr(0, 32);
}

std::int64_t now_s() {
  using namespace std::chrono;
  return duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

enum class RangeKind { whole, part, unsatisfiable };

// One range of bytes; several, or what is not understood, mean the whole (RFC 9110, 14.2).
RangeKind parse_range(std::string_view header, std::uint64_t size, ByteRange& range) {
  constexpr std::string_view unit = "bytes=";
  if (!header.starts_with(unit)) return RangeKind::whole;
  header.remove_prefix(unit.size());
  const std::size_t dash = header.find('-');
  if (dash == std::string_view::npos || header.find(',') != std::string_view::npos) return RangeKind::whole;
  const auto number = [](std::string_view text, std::uint64_t& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
  };
  const std::string_view first = trimmed(header.substr(0, dash)), last = trimmed(header.substr(dash + 1));
  std::uint64_t begin = 0, end = 0;
  if (first.empty()) {
    if (!number(last, end)) return RangeKind::whole;
    if (end == 0 || size == 0) return RangeKind::unsatisfiable;
    range = {size - std::min(end, size), size};
    return RangeKind::part;
  }
  if (!number(first, begin)) return RangeKind::whole;
  if (last.empty()) {
    end = size;
  } else {
    if (!number(last, end) || end < begin) return RangeKind::whole;
    end = end >= size ? size : end + 1;
  }
  if (begin >= size) return RangeKind::unsatisfiable;
  range = {begin, end};
  return RangeKind::part;
}

json::object info_json(const ArtifactInfo& info) {
  json::object out;
  out["name"] = info.name;
  out["size_bytes"] = info.size_bytes;
  out["last_modified"] = info.modified_at == 0 ? json::value(nullptr) : json::value(utc_text(info.modified_at));
  out["sha256"] = info.sha256.empty() ? json::value(nullptr) : json::value(info.sha256);
  return out;
}

json::array infos_json(const std::vector<ArtifactInfo>& infos) {
  json::array out;
  for (const ArtifactInfo& info : infos) out.push_back(info_json(info));
  return out;
}

std::string artifact_etag(const RunRecord& record, std::string_view name, std::uint64_t size) {
  Sha256 hash;
  hash.update_framed(record.artifacts->prefix);
  hash.update_framed(record.artifacts->manifest_sha256);
  hash.update_framed(name);
  hash.update_framed(std::to_string(size));
  return "\"" + hash.hex().substr(0, 32) + "\"";
}

}  // namespace

HttpResponse list_artifacts(ApiContext& context, const HttpRequest& request) {
  const bool remote = flag_parameter(request, "remote", false);
  const RunRecord record = require_run(context, request);
  json::object body;
  body["local"] = json::array();
  body["remote"] = nullptr;
  body["remote_error"] = nullptr;
  if (record.artifacts) {
    std::vector<ArtifactInfo> infos = context.artifacts.local().list(record.run_id, record.artifacts->prefix);
    std::ranges::sort(infos, {}, &ArtifactInfo::name);
    body["local"] = infos_json(infos);
  }
  if (remote) {
    body["remote"] = json::array();
    try {
      const RunArtifacts run = artifacts_of(context, record, ArtifactSource::adls);
      std::vector<ArtifactInfo> infos = run.places.front()->list(record.run_id, record.artifacts->prefix);
      std::ranges::sort(infos, [](const ArtifactInfo& a, const ArtifactInfo& b) {
        return std::tie(b.modified_at, a.name) < std::tie(a.modified_at, b.name);
      });
      body["remote"] = infos_json(infos);
    } catch (const HttpError& error) {
      body["remote_error"] = error.what();
    }
  }
  return json_response(200, json_text(body));
}

HttpResponse get_artifact(ApiContext& context, const HttpRequest& request) {
  const std::string_view name = trimmed(request.parameter("name"));
  if (!valid_artifact_name(name)) {
    throw HttpError(400, "invalid_artifact_name", "the artifact's name is malformed");
  }
  const RunArtifacts run = require_artifacts(context, request);
  std::unique_ptr<ArtifactReader> reader = open_artifact(run, name);
  const std::uint64_t size = reader->size();
  const std::string etag = artifact_etag(run.record, name, size);
  if (not_modified(request, etag)) return not_modified_response(etag);

  HttpResponse response;
  ByteRange range{0, size};
  RangeKind kind = RangeKind::whole;
  const auto if_range = request.header("If-Range");
  if (const auto header = request.header("Range"); header && (!if_range || *if_range == etag)) {
    kind = parse_range(trimmed(*header), size, range);
  }
  if (kind == RangeKind::unsatisfiable) {
    throw HttpError(416, "range_not_satisfiable", "the artifact has " + std::to_string(size) + " bytes")
        .with_header("Content-Range", "bytes */" + std::to_string(size));
  }
  if (kind == RangeKind::part) {
    response.status = 206;
    response.set("Content-Range", "bytes " + std::to_string(range.begin) + "-" + std::to_string(*range.end - 1) + "/" +
                                      std::to_string(size));
    reader = open_artifact(run, name, range);
  }
  response.set("Content-Type", std::string(content_type(name)));
  // Without authentication a plain link is as good as one that was asked for (API-35).
  if (name == tearsheet_name && context.settings.auth.mode == AuthMode::none) {
    show_inline(response);
  } else {
    response.set("Content-Disposition", disposition(name));
  }
  response.set("ETag", etag);
  response.set("Accept-Ranges", "bytes");
  response.set("Cache-Control", "private, no-cache");
  response.source = std::make_unique<ArtifactSourceBody>(std::move(reader));
  response.source_size = *range.end - range.begin;
  return response;
}

HttpResponse make_tearsheet_link(ApiContext& context, const HttpRequest& request) {
  const RunArtifacts run = require_artifacts(context, request);
  open_artifact(run, tearsheet_name);
  const std::int64_t expires_at_s = now_s() + tearsheet_link_seconds;
  json::object body;
  body["url"] = request.target.prefix + "/backtests/" + run.record.run_id + "/tearsheet?ticket=" +
                context.tearsheet_links.ticket(run.record.run_id, result_of(run.record), expires_at_s);
  body["expires_at"] = utc_text(expires_at_s * 1'000'000);
  HttpResponse response = json_response(201, json_text(body));
  response.set("Cache-Control", "no-store");
  return response;
}

HttpResponse get_tearsheet(ApiContext& context, const HttpRequest& request) {
  const std::string_view ticket = request.query("ticket").value_or("");
  const HttpError refused(404, "not_found", "this link was never given, or is older than a minute");
  const auto result = context.tearsheet_links.result_of(request.parameter("run_id"), ticket, now_s());
  if (!result) throw refused;
  RunRecord record = find_run(context, checked_run_id(request.parameter("run_id")));
  if (result_of(record) != *result) throw refused;
  const RunArtifacts run = artifacts_of(context, std::move(record), source_parameter(request));
  std::unique_ptr<ArtifactReader> reader = open_artifact(run, tearsheet_name);
  HttpResponse response;
  response.set("Content-Type", std::string(content_type(tearsheet_name)));
  response.set("Cache-Control", "no-store");
  response.set("Referrer-Policy", "no-referrer");
  show_inline(response);
  response.source_size = reader->size();
  response.source = std::make_unique<ArtifactSourceBody>(std::move(reader));
  return response;
}

}  // namespace backtest
