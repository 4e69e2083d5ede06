#include "edge/http/resource/run_ownership.hpp"

#include "edge/http/message/problem.hpp"

namespace backtest {

namespace {

bool may_all(const ApiContext& context, const Principal& caller) {
  return context.settings.auth.access == RunAccess::shared || caller.rights.admin;
}

bool is_own(const Principal& caller, const std::string& submitter) {
  return caller.identity.kind != IdentityKind::anonymous && submitter == submitter_text(caller.identity);
}

}  // namespace

bool may_read(const ApiContext& context, const Principal& caller, const RunRecord& record) {
  return may_read(context, caller, record.submitter);
}

bool may_change(const ApiContext& context, const Principal& caller, const RunRecord& record) {
  return may_change(context, caller, record.submitter);
}

bool may_read(const ApiContext& context, const Principal& caller, const std::string& submitter) {
  return may_all(context, caller) || is_of_nobody(submitter) || is_own(caller, submitter);
}

bool may_change(const ApiContext& context, const Principal& caller, const std::string& submitter) {
  return may_all(context, caller) || is_own(caller, submitter);
}

std::optional<std::vector<std::string>> readable_submitters(const ApiContext& context, const Principal& caller) {
  if (may_all(context, caller)) return std::nullopt;
  return std::vector<std::string>{"", submitter_text(Identity{}), submitter_text(caller.identity)};
}

void require_change(const ApiContext& context, const Principal& caller, const RunRecord& record) {
  if (!may_change(context, caller, record)) {
    throw HttpError(403, "administrator_needed", "the run has no submitter: only an administrator may change it");
  }
}

}  // namespace backtest
