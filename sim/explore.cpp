#include "explore.hpp"

#include <algorithm>
#include <random>
#include <unordered_map>

namespace backtest::sim {

namespace {

struct Node {
  World world;
  std::int64_t parent = -1;
  Action by;
  std::vector<std::int64_t> predecessors;
};

std::vector<std::string> trace_to(const std::vector<Node>& nodes, std::int64_t at) {
  std::vector<std::string> trace;
  for (; nodes[static_cast<std::size_t>(at)].parent >= 0; at = nodes[static_cast<std::size_t>(at)].parent) {
    trace.push_back(described(nodes[static_cast<std::size_t>(at)].by));
  }
  std::ranges::reverse(trace);
  return trace;
}

// The run is over, or the bounds of the model and not the protocol keep it from ending.
bool may_stop(const World& world, const Bounds& bounds) {
  if (is_terminal(world.run.state)) return true;
  return world.run.state == RunState::queued && world.run.attempts >= bounds.claims;
}

// Worlds that are so late that the bound on time alone may keep them from ending are not judged.
bool has_time_left(const World& world, const Bounds& bounds) {
  return world.tick + bounds.lease_ticks <= bounds.last_tick;
}

std::optional<Finding> find_stuck(const std::vector<Node>& nodes, const Bounds& bounds) {
  std::vector<bool> can_end(nodes.size());
  std::vector<std::int64_t> pending;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!may_stop(nodes[i].world, bounds)) continue;
    can_end[i] = true;
    pending.push_back(static_cast<std::int64_t>(i));
  }
  while (!pending.empty()) {
    const auto at = static_cast<std::size_t>(pending.back());
    pending.pop_back();
    for (const std::int64_t before : nodes[at].predecessors) {
      if (can_end[static_cast<std::size_t>(before)]) continue;
      can_end[static_cast<std::size_t>(before)] = true;
      pending.push_back(before);
    }
  }
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (can_end[i] || !has_time_left(nodes[i].world, bounds)) continue;
    return Finding{"an accepted run can never end", trace_to(nodes, static_cast<std::int64_t>(i))};
  }
  return std::nullopt;
}

}  // namespace

Explored explore_all(const Bounds& bounds, Variant variant) {
  std::vector<Node> nodes{{.world = first_world(bounds)}};
  std::unordered_map<std::string, std::int64_t> known{{key_of(nodes[0].world), 0}};
  for (std::size_t at = 0; at < nodes.size(); ++at) {
    for (const Action& action : possible_actions(nodes[at].world, bounds, variant)) {
      World next = nodes[at].world;
      if (const auto violation = apply(next, action, bounds, variant)) {
        Finding finding{*violation, trace_to(nodes, static_cast<std::int64_t>(at))};
        finding.trace.push_back(described(action));
        return {static_cast<std::int64_t>(nodes.size()), std::move(finding)};
      }
      const auto [seen, is_new] = known.emplace(key_of(next), static_cast<std::int64_t>(nodes.size()));
      const std::int64_t from = static_cast<std::int64_t>(at);
      if (is_new) nodes.push_back({.world = std::move(next), .parent = from, .by = action});
      nodes[static_cast<std::size_t>(seen->second)].predecessors.push_back(from);
    }
  }
  return {static_cast<std::int64_t>(nodes.size()), find_stuck(nodes, bounds)};
}

Explored explore_randomly(const Bounds& bounds, Variant variant, std::uint64_t seed, int walks, int steps) {
  Explored explored;
  std::mt19937_64 random(seed);
  for (int walk = 0; walk < walks; ++walk) {
    World world = first_world(bounds);
    std::vector<std::string> trace;
    for (int step = 0; step < steps; ++step) {
      const auto actions = possible_actions(world, bounds, variant);
      if (actions.empty()) break;
      const Action& action = actions[random() % actions.size()];
      trace.push_back(described(action));
      ++explored.worlds;
      if (const auto violation = apply(world, action, bounds, variant)) {
        explored.finding = Finding{*violation, std::move(trace)};
        return explored;
      }
    }
  }
  return explored;
}

}  // namespace backtest::sim
