// Whose runs a caller may read and change (AUTH-7). With BACKTEST_ACCESS=own those are its own; runs of nobody are read
// by all and changed by administrators, and administrators may do everything. A run that a caller may not read does not
// exist for it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "edge/http/message/http_message.hpp"
#include "edge/http/resource/api_context.hpp"

namespace backtest {

bool may_read(const ApiContext& context, const Principal& caller, const RunRecord& record);
bool may_change(const ApiContext& context, const Principal& caller, const RunRecord& record);
// The same of what else has a submitter: a data set.
bool may_read(const ApiContext& context, const Principal& caller, const std::string& submitter);
bool may_change(const ApiContext& context, const Principal& caller, const std::string& submitter);
// The submitters whose runs a caller may list; nullopt = all.
std::optional<std::vector<std::string>> readable_submitters(const ApiContext& context, const Principal& caller);
// Of a run that the caller may read: HttpError 403 where it may not change it.
void require_change(const ApiContext& context, const Principal& caller, const RunRecord& record);

}  // namespace backtest
