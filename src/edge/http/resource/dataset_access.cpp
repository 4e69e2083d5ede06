#include "edge/http/resource/dataset_access.hpp"

#include <algorithm>
#include <map>
#include <mutex>

#include "edge/http/message/problem.hpp"
#include "edge/http/resource/run_ownership.hpp"
#include "spec/spec_datasets.hpp"

namespace backtest {

DatasetCatalog& require_datasets(ApiContext& context) {
  if (!context.settings.datasets.are_allowed) {
    throw HttpError(404, "datasets_off", "this service keeps no data sets (BACKTEST_ALLOW_DATASETS)");
  }
  if (!context.datasets) {
    throw HttpError(404, "datasets_off", "the artifact store of this service keeps no data sets");
  }
  return *context.datasets;
}

DatasetFilter readable_datasets(const ApiContext& context, const Principal& caller) {
  return [&context, caller](const DatasetVersion& version) { return may_read(context, caller, version.submitter); };
}

DatasetFilter changeable_datasets(const ApiContext& context, const Principal& caller) {
  return [&context, caller](const DatasetVersion& version) { return may_change(context, caller, version.submitter); };
}

void resolve_datasets(ApiContext& context, const Principal& caller, Spec& spec, std::vector<Diagnostic>& refused) {
  const std::vector<NamedDataset> named = datasets_of(spec);
  if (named.empty()) return;
  DatasetCatalog& catalog = require_datasets(context);
  std::map<std::string, DatasetReference> versions;  // by what the config says; each is looked up once
  for (const NamedDataset& wanted : named) {
    const std::string text = wanted.dataset.text();
    if (versions.contains(text)) continue;
    const SharedDataset found = catalog.find(wanted.dataset, readable_datasets(context, caller));
    if (!found) {
      refused.push_back(
          {.path = wanted.key, .message = "there is no data set '" + text.substr(text.find(':') + 1) + "'"});
    } else {
      versions.emplace(text, found->reference());
    }
  }
  if (!refused.empty()) return;
  set_dataset_versions(spec, [&](const DatasetReference& wanted) { return versions.at(wanted.text()); });
}

std::optional<NeedingRuns> runs_that_need(ApiContext& context, const Principal& caller,
                                          const std::vector<SharedDataset>& versions, std::size_t most) {
  std::vector<std::string> names;
  for (const SharedDataset& version : versions) names.push_back("\"" + version->reference().text() + "\"");
  const auto needs_one = [&](const RunRecord& run) {
    return std::ranges::any_of(names,
                               [&](const std::string& name) { return run.effective_config_json.contains(name); });
  };
  NeedingRuns found;
  for (const RunState state : {RunState::queued, RunState::running}) {
    std::optional<ListCursor> after;
    do {
      const ListPage page = context.runs.list({.state = state, .text = "", .completed_before = {}}, after, 200);
      for (const RunRecord& run : page.runs) {
        const std::optional<RunRecord> record = context.runs.get(run.run_id);
        if (!record || is_terminal(record->state) || !needs_one(*record)) continue;
        if (!may_read(context, caller, *record)) {
          found.has_others = true;
          continue;
        }
        found.run_ids.push_back(run.run_id);
        if (found.run_ids.size() == most) return found;
      }
      after = page.next;
    } while (after);
  }
  return found.run_ids.empty() && !found.has_others ? std::nullopt : std::optional(std::move(found));
}

}  // namespace backtest
