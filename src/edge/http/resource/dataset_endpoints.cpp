// The data sets of the service: list, describe, preview and remove. dataset_upload.cpp puts them.
#include "base/log.hpp"
#include "edge/http/message/problem.hpp"
#include "edge/http/resource/audit.hpp"
#include "edge/http/resource/dataset_access.hpp"
#include "edge/http/resource/dataset_json.hpp"
#include "edge/http/resource/resources.hpp"
#include "edge/http/resource/run_ownership.hpp"

namespace backtest {

namespace {

constexpr std::size_t most_runs_named = 5;

HttpError no_dataset(const std::string& text) {
  return HttpError(404, "dataset_not_found", "there is no data set " + text);
}

DatasetReference reference_of(const HttpRequest& request) {
  const std::string& text = request.parameter("dataset");
  const auto reference = parse_dataset(text);
  if (!reference) {
    throw HttpError(400, "invalid_dataset_name",
                    "a data set is named by name or name@version, the name of 1 to 64 letters, digits and . _ -, the "
                    "version of 16 hex digits");
  }
  return *reference;
}

SharedDataset require_dataset(ApiContext& context, const HttpRequest& request) {
  const DatasetReference reference = reference_of(request);
  SharedDataset version = require_datasets(context).find(reference, readable_datasets(context, request.principal));
  if (!version) throw no_dataset(request.parameter("dataset"));
  return version;
}

// Those that the request names, as the caller may read them: one version, or all of a name.
std::vector<SharedDataset> versions_of(ApiContext& context, const HttpRequest& request) {
  const DatasetReference reference = reference_of(request);
  if (!reference.version.empty()) return {require_dataset(context, request)};
  std::vector<SharedDataset> found = require_datasets(context).versions(reference.name);
  const DatasetFilter is_readable = readable_datasets(context, request.principal);
  std::erase_if(found, [&](const SharedDataset& version) { return !is_readable(*version); });
  if (found.empty()) throw no_dataset(reference.name);
  return found;
}

void refuse_where_needed(ApiContext& context, const HttpRequest& request, const std::vector<SharedDataset>& versions) {
  const auto runs = runs_that_need(context, request.principal, versions, most_runs_named);
  if (!runs) return;
  std::string named;
  for (const std::string& run_id : runs->run_ids) named += (named.empty() ? "" : ", ") + run_id;
  if (runs->has_others) named += named.empty() ? "those of other callers" : " and those of other callers";
  throw HttpError(409, "dataset_in_use",
                  request.parameter("dataset") + " is needed by runs that are queued or running: " + named);
}

void require_change_of(const ApiContext& context, const Principal& caller, const SharedDataset& version) {
  if (may_change(context, caller, version->submitter)) return;
  throw HttpError(403, "administrator_needed", "the data set has no submitter: only an administrator may remove it");
}

// All or none. The entries go and come back where a run was submitted meanwhile: who had looked the name up before that
// may have been on its way to the run store. The contents go last.
void remove_versions(ApiContext& context, const HttpRequest& request, const std::vector<SharedDataset>& versions) {
  DatasetCatalog& catalog = require_datasets(context);
  for (const SharedDataset& version : versions) require_change_of(context, request.principal, version);
  refuse_where_needed(context, request, versions);
  std::vector<SharedDataset> removed;
  try {
    for (const SharedDataset& version : versions) {
      if (catalog.remove_entry(*version)) removed.push_back(version);
    }
    if (removed.empty()) throw no_dataset(request.parameter("dataset"));
    refuse_where_needed(context, request, removed);
  } catch (...) {
    for (const SharedDataset& version : removed) catalog.put_back(*version);
    throw;
  }
  for (const SharedDataset& version : removed) catalog.remove_content(*version, context.settings.gc_min_age);
}

// What the request names, whole, so that it can be put back.
std::vector<SharedDataset> whole_versions_of(ApiContext& context, const HttpRequest& request) {
  std::vector<SharedDataset> whole;
  for (const SharedDataset& listed : versions_of(context, request)) {
    if (auto version = require_datasets(context).find(listed->reference())) whole.push_back(std::move(version));
  }
  if (whole.empty()) throw no_dataset(request.parameter("dataset"));  // removed meanwhile
  return whole;
}

}  // namespace

HttpResponse list_datasets(ApiContext& context, const HttpRequest& request) {
  const DatasetFilter is_readable = readable_datasets(context, request.principal);
  json::array listed;
  std::int64_t versions = 0;
  for (const SharedDataset& version : require_datasets(context).list()) {
    if (!is_readable(*version)) continue;
    // The first of a name is the one that was put last; the others are counted.
    if (!listed.empty() && listed.back().at("name").as_string() == version->name) {
      listed.back().as_object()["versions"] = ++versions;
      continue;
    }
    json::object shown = dataset_json(*version, DatasetDetail::headline);
    shown["versions"] = versions = 1;
    listed.push_back(std::move(shown));
  }
  return json_response(200, json_text(json::object{{"datasets", std::move(listed)}}));
}

HttpResponse get_dataset(ApiContext& context, const HttpRequest& request) {
  const std::vector<SharedDataset> versions = versions_of(context, request);
  const SharedDataset described = require_datasets(context).find(versions.front()->reference());
  if (!described) throw no_dataset(request.parameter("dataset"));  // removed meanwhile
  json::object shown = dataset_json(*described, DatasetDetail::with_description);
  json::array listed;
  for (const SharedDataset& version : versions) listed.push_back(dataset_json(*version, DatasetDetail::headline));
  shown["versions"] = std::move(listed);
  return json_response(200, json_text(shown));
}

HttpResponse preview_dataset(ApiContext& context, const HttpRequest& request) {
  const SharedDataset version = require_dataset(context, request);
  json::object shown{{"path", version->reference().text()}};
  const json::value* preview = version->description.if_contains("preview");
  for (const char* part : {"columns", "rows"}) {
    shown[part] = preview != nullptr && preview->is_object() ? preview->at(part) : json::value(json::array());
  }
  return json_response(200, json_text(shown));
}

HttpResponse remove_dataset(ApiContext& context, const HttpRequest& request) {
  const std::vector<SharedDataset> versions = whole_versions_of(context, request);
  std::vector<AuditEvent> removals;
  for (const SharedDataset& version : versions) {
    removals.push_back(audit_event(request, "remove_dataset", "", version->reference().text()));
  }
  audited(context, removals, [&] { remove_versions(context, request, versions); });
  for (const SharedDataset& version : versions) {
    log_info("data set removed", {{"dataset", version->reference().text()}, {"request_id", request.request_id}});
  }
  HttpResponse response;
  response.status = 204;
  return response;
}

}  // namespace backtest
