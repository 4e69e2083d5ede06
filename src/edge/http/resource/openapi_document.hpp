// The description of the API that the service answers with.
#pragma once

#include <string>
#include <string_view>

namespace backtest {

// The text of openapi.json, which the build puts into the binary. Its schema Config refers to docs/config.schema.json.
std::string_view openapi_document();

// The same, whole: the schema of a config stands in it, as the decoder declares it, each of its maps as a schema with a
// name of its own, because programs that generate clients know few other forms.
const std::string& whole_openapi_document();

}  // namespace backtest
