#include "spec/sizer_room_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <variant>

#include "spec/sized_pipelines.hpp"

namespace backtest {

namespace {

// Names that are selected on a side, where the config alone tells; 0 where it does not.
struct NamesOfSides {
  std::size_t longs = 0;
  std::size_t shorts = 0;
};

std::size_t listed_names(const PipelinePolicy& pipeline) {
  std::set<std::string_view> names;
  for (const UniverseFilter& filter : pipeline.universe.filters) {
    const auto* list = std::get_if<WhitelistFilter>(&filter);
    if (list != nullptr) names.insert(list->symbols.begin(), list->symbols.end());
  }
  return names.size();
}

NamesOfSides names_selected(const PipelinePolicy& pipeline) {
  if (const auto* topn = std::get_if<TopNSelection>(&pipeline.selection)) {
    const auto names = static_cast<std::size_t>(topn->n);
    return topn->long_side ? NamesOfSides{.longs = names} : NamesOfSides{.shorts = names};
  }
  if (const auto* both = std::get_if<LongShortTopNSelection>(&pipeline.selection)) {
    return {.longs = static_cast<std::size_t>(both->long_n),
            .shorts = both->allow_short ? static_cast<std::size_t>(both->short_n) : 0};
  }
  // StaticUniverse: every listed name has the same score.
  const bool takes_all = std::holds_alternative<SignedSelection>(pipeline.selection) &&
                         std::holds_alternative<ConstantScoring>(pipeline.scoring);
  return {.longs = takes_all ? listed_names(pipeline) : 0};
}

void check_room(Fields& fields, std::string_view path, std::size_t names, std::string_view key, int room) {
  if (names <= static_cast<std::size_t>(room)) return;
  fields.warn_at(fields.peek("strategy"), std::string(path),
                 {.message = fmt::format("selects up to {} names, but the sizer's {} is {}: the others are left out",
                                         names, key, room),
                  .importance = Importance::high,
                  .remedy = fmt::format("set sizing.parameters.{}: {}", key, names)});
}

// A side has at most the names of the universe, and shorts that are not allowed are told of elsewhere (CON-19).
NamesOfSides within(NamesOfSides names, const Spec& spec) {
  if (!spec.policy.constraints.allow_short) names.shorts = 0;
  if (spec.all_symbols) return names;
  const std::size_t most = std::set<std::string_view>(spec.symbols.begin(), spec.symbols.end()).size();
  return {.longs = std::min(names.longs, most), .shorts = std::min(names.shorts, most)};
}

void check_room_of(Fields& fields, std::string_view path, NamesOfSides names, const SizerPolicy& sizer) {
  if (const auto* equal = std::get_if<EqualWeightSizerPolicy>(&sizer)) {
    check_room(fields, path, names.longs, "max_positions", equal->max_positions);
  }
  if (const auto* by_side = std::get_if<LongShortScoreSizerPolicy>(&sizer)) {
    check_room(fields, path, names.longs, "max_longs", by_side->max_longs);
    check_room(fields, path, names.shorts, "max_shorts", by_side->max_shorts);
  }
}

}  // namespace

void check_sizer_room(Fields& fields, const Spec& spec) {
  for (const SizedPipeline& sized : sized_pipelines(spec.policy)) {
    check_room_of(fields, sized.path, within(names_selected(sized.pipeline), spec), sized.sizer);
  }
}

}  // namespace backtest
