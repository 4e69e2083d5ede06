// Pure steps between a selection and a sizer, over lists that ascend by instrument. What a step makes is its last
// argument, replaced or changed in place, so that buffers keep their capacity.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/model/score.hpp"
#include "engine/proposed_weights.hpp"
#include "engine/target/exit_engine.hpp"
#include "engine/target/holding_rule.hpp"
#include "engine/target/position_state.hpp"

namespace backtest {

// The names that the actions close.
void exited_names(const std::vector<ExitAction>& actions, std::vector<InstrumentIndex>& exited);

// What the holding rule left, without the names that exit (an exit beats a selection of the same bar, W-4) and at the
// smaller of its scale and the one that exit rules left the position.
void apply_exits(const std::vector<InstrumentIndex>& exited, const std::vector<PositionState>& held, WantedBook& book);

enum class Change { exits_and_scales, exits_scales_and_drops };

// The held names whose wanted weight differs from what was proposed last. An exit counts whenever its rule says so; a
// drop or a scale only where the name had a weight to change.
void changed_names(Change change, const std::vector<InstrumentIndex>& exited, const WantedBook& book,
                   const std::vector<PositionState>& held, const ProposedWeights& proposed,
                   std::vector<InstrumentIndex>& changed);

// The book with the names that are to hold cash until they are listed: wanted like any other, so that limits count
// them, while their orders find no price.
void add_unlisted(const std::vector<InstrumentIndex>& names, const std::vector<InstrumentIndex>& eligible,
                  const std::vector<InstrumentIndex>& exited, const WantedBook& book, WantedBook& with_unlisted);

// Writes down what was last wanted of each held name.
void remember_scores(const WantedBook& book, std::vector<PositionState>& held);

}  // namespace backtest
