#include "run_store/run_record.hpp"

#include <array>
#include <utility>

namespace backtest {

namespace {

constexpr std::array<std::pair<RunState, std::string_view>, 5> state_texts{{{RunState::queued, "queued"},
                                                                            {RunState::running, "running"},
                                                                            {RunState::completed, "completed"},
                                                                            {RunState::failed, "failed"},
                                                                            {RunState::cancelled, "cancelled"}}};

}  // namespace

std::string_view to_text(RunState state) {
  return state_texts[static_cast<std::size_t>(state)].second;
}

std::optional<RunState> parse_run_state(std::string_view text) {
  for (const auto& [state, state_text] : state_texts) {
    if (state_text == text) return state;
  }
  return std::nullopt;
}

}  // namespace backtest
