#include "engine/wanted_book.hpp"

#include <algorithm>
#include <cmath>

#include "engine/model/tolerance.hpp"

namespace backtest {

namespace {

bool contains(const std::vector<InstrumentIndex>& ascending, InstrumentIndex i) {
  return std::binary_search(ascending.begin(), ascending.end(), i);
}

}  // namespace

void exited_names(const std::vector<ExitAction>& actions, std::vector<InstrumentIndex>& exited) {
  exited.clear();
  for (const ExitAction& action : actions) {
    if (action.exit) exited.push_back(action.instrument);
  }
}

void apply_exits(const std::vector<InstrumentIndex>& exited, const std::vector<PositionState>& held, WantedBook& book) {
  std::erase_if(book, [&](const WantedPosition& wanted) {
    return wanted.candidate.side == Side::none || contains(exited, wanted.candidate.instrument);
  });
  auto state = held.begin();
  for (WantedPosition& wanted : book) {
    while (state != held.end() && state->instrument < wanted.candidate.instrument) ++state;
    const bool is_held = state != held.end() && state->instrument == wanted.candidate.instrument;
    wanted.scale = std::min({1.0, wanted.scale, is_held ? state->target_scale : 1.0});
  }
}

void changed_names(Change change, const std::vector<InstrumentIndex>& exited, const WantedBook& book,
                   const std::vector<PositionState>& held, const ProposedWeights& proposed,
                   std::vector<InstrumentIndex>& changed) {
  changed = exited;
  auto wanted = book.begin();
  for (const PositionState& state : held) {
    const InstrumentIndex i = state.instrument;
    while (wanted != book.end() && wanted->candidate.instrument < i) ++wanted;
    if (proposed.weight(i) == 0.0 || contains(exited, i)) continue;
    const bool in_book = wanted != book.end() && wanted->candidate.instrument == i;
    const bool dropped = !in_book && change == Change::exits_scales_and_drops;
    if (dropped || (in_book && std::abs(wanted->scale - proposed.scale(i)) > epsilon)) changed.push_back(i);
  }
  std::sort(changed.begin(), changed.end());
}

void add_unlisted(const std::vector<InstrumentIndex>& names, const std::vector<InstrumentIndex>& eligible,
                  const std::vector<InstrumentIndex>& exited, const WantedBook& book, WantedBook& with_unlisted) {
  with_unlisted = book;
  auto next = book.begin();
  for (const InstrumentIndex i : names) {
    while (next != book.end() && next->candidate.instrument < i) ++next;
    const bool in_book = next != book.end() && next->candidate.instrument == i;
    if (in_book || contains(eligible, i) || contains(exited, i)) continue;
    with_unlisted.push_back({.candidate = {.instrument = i, .side = Side::long_side, .strength = 1.0}});
  }
  std::sort(with_unlisted.begin(), with_unlisted.end(), [](const WantedPosition& a, const WantedPosition& b) {
    return a.candidate.instrument < b.candidate.instrument;
  });
}

void remember_scores(const WantedBook& book, std::vector<PositionState>& held) {
  auto state = held.begin();
  for (const WantedPosition& wanted : book) {
    while (state != held.end() && state->instrument < wanted.candidate.instrument) ++state;
    if (state == held.end()) return;
    if (state->instrument == wanted.candidate.instrument) state->last = wanted.candidate;
  }
}

}  // namespace backtest
