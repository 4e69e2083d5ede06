#include "edge/http/resource/dataset_json.hpp"

#include <boost/json/object.hpp>

#include "base/utc_time.hpp"
#include "edge/http/message/identity.hpp"

namespace backtest {

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
    shown["description"] = std::move(description);
  }
  return shown;
}

}  // namespace backtest
