#include "edge/http/resource/dataset_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/utc_time.hpp"
#include "edge/http/message/identity.hpp"

namespace backtest {

namespace {

// Entries of tables without rows were once written with {} where a list belongs.
void mend_lists(json::object& description) {
  json::value* prices = description.if_contains("as_prices");
  if (prices == nullptr || !prices->is_object()) return;
  for (const char* list : {"errors", "warnings"}) {
    if (json::value* found = prices->get_object().if_contains(list); found && found->is_object())
      *found = json::array();
  }
}

}  // namespace

json::object dataset_json(const DatasetVersion& version, DatasetDetail detail) {
  json::object shown{{"name", version.name},
                     {"version", version.version},
                     {"path", version.reference().text()},
                     {"sha256", version.sha256},
                     {"format", version.content.substr(version.sha256.size() + 1)},
                     {"size_bytes", version.size_bytes},
                     {"submitter", shown_submitter(version.submitter)},
                     {"uploaded_at", utc_text(version.uploaded_at)}};
  for (const char* fact : {"rows", "symbols", "first_date", "last_date"}) {
    const json::value* value = version.description.if_contains(fact);
    shown[fact] = value != nullptr ? *value : json::value(nullptr);
  }
  if (detail == DatasetDetail::with_description) {
    json::object description = version.description;
    description.erase("preview");  // it has a path of its own
    mend_lists(description);
    shown["description"] = std::move(description);
  }
  return shown;
}

}  // namespace backtest
