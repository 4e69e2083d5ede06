// PATCH /backtests/{run_id}: what people give to a run and change later.
#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/ascii_text.hpp"
#include "base/utf8_text.hpp"
#include "edge/http/message/json_body.hpp"
#include "edge/http/message/problem.hpp"
#include "edge/http/resource/audit.hpp"
#include "edge/http/resource/resources.hpp"
#include "edge/http/resource/run_json.hpp"
#include "edge/http/resource/run_labels.hpp"
#include "edge/http/resource/run_ownership.hpp"
#include "run_store/run_tags.hpp"

namespace backtest {

namespace {

constexpr int most_tries = 20;  // where others tag the same run at the same moment
constexpr std::array allowed{"run_name", "note", "tags", "add_tags", "remove_tags"};

struct LabelEdit {
  RunEdit edit;
  std::vector<std::string> added, removed;
};

LabelEdit edit_of(const HttpRequest& request) {
  require_json(request);
  const json::value document = parse_json_body(request.body);
  if (!document.is_object()) throw HttpError(422, "invalid_json", "the body must be a JSON object");
  const json::object& body = document.get_object();
  for (const auto& member : body) {
    if (std::ranges::find(allowed, member.key()) == allowed.end()) {
      throw invalid_parameter(std::string(member.key()),
                              "cannot be changed; run_name, note, tags, add_tags and remove_tags can");
    }
  }
  if (body.empty()) throw HttpError(422, "invalid_parameter", "give what is to change: run_name, note or tags");
  LabelEdit wanted{.edit = {}, .added = tags_field(body, "add_tags"), .removed = tags_field(body, "remove_tags")};
  RunEdit& edit = wanted.edit;
  if (body.contains("run_name")) edit.run_name = label_field(body, "run_name", longest_run_name).value_or("");
  if (body.contains("note")) edit.note = label_field(body, "note", longest_note).value_or("");
  if (body.contains("tags")) edit.tags = tags_field(body);
  if (edit.tags && (!wanted.added.empty() || !wanted.removed.empty())) {
    throw invalid_parameter("tags", "gives all tags: it cannot stand beside add_tags and remove_tags");
  }
  return wanted;
}

std::vector<std::string> changed_tags(std::vector<std::string> tags, const LabelEdit& wanted) {
  std::erase_if(tags,
                [&](const std::string& tag) { return std::ranges::find(wanted.removed, tag) != wanted.removed.end(); });
  tags.insert(tags.end(), wanted.added.begin(), wanted.added.end());
  auto checked = checked_tags(std::move(tags));
  if (!checked) throw invalid_parameter("add_tags", "cannot be added: " + checked.error());
  return std::move(*checked);
}

// What the store left as it was, because others had changed the tags meanwhile, may have the same tags by now.
bool is_as_wanted(const RunRecord& record, const RunEdit& wanted) {
  const auto is = [](const std::optional<std::string>& text, const std::optional<std::string>& wanted_text) {
    return !wanted_text || text.value_or("") == *wanted_text;
  };
  return record.tags == *wanted.tags && is(record.run_name, wanted.run_name) && is(record.note, wanted.note);
}

// Single tags are added to those that the run has when it is written: who adds at the same moment loses none.
RunRecord edited_run(ApiContext& context, const HttpRequest& request, LabelEdit& wanted) {
  for (int tries = 0; tries < most_tries; ++tries) {
    const RunRecord record = require_run(context, request);
    require_change(context, request.principal, record);
    const bool by_tag = !wanted.added.empty() || !wanted.removed.empty();
    if (by_tag) {
      wanted.edit.tags_before = record.tags;
      wanted.edit.tags = changed_tags(record.tags, wanted);
    }
    auto edited = context.runs.edit(record.run_id, wanted.edit);
    if (!edited) throw no_run(record.run_id);
    if (!by_tag || is_as_wanted(*edited, wanted.edit)) return std::move(*edited);
  }
  throw HttpError(503, "busy", "many change the tags of this run at once; try again").with_header("Retry-After", "1");
}

}  // namespace

HttpResponse edit_run(ApiContext& context, const HttpRequest& request) {
  const std::string run_id = checked_run_id(request.parameter("run_id"));
  LabelEdit wanted = edit_of(request);
  const RunRecord edited =
      audited(context, request, "edit", run_id, [&] { return edited_run(context, request, wanted); });
  return json_response(200, run_json(edited, request.target.prefix));
}

}  // namespace backtest
