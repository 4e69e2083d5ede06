#include "spec/config_difference.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>

namespace backtest {

namespace {

constexpr std::size_t most_differences = 500;

using Leaves = std::map<std::string, json::value>;

void collect_leaves(const json::value& value, const std::string& path, Leaves& leaves) {
  if (!value.is_object() || value.get_object().empty()) {
    leaves[path] = value;
    return;
  }
  for (const auto& [key, child] : value.get_object()) {
    collect_leaves(child, path.empty() ? std::string(key) : path + "." + std::string(key), leaves);
  }
}

}  // namespace

json::array config_differences(const std::vector<json::value>& configs) {
  std::vector<Leaves> trees;
  std::set<std::string> paths;
  for (const json::value& config : configs) {
    Leaves& leaves = trees.emplace_back();
    if (config.is_object() && !config.get_object().empty()) collect_leaves(config, "", leaves);
    for (const auto& [path, value] : leaves) paths.insert(path);
  }
  json::array differences;
  for (const std::string& path : paths) {
    json::array values;
    std::set<std::string> distinct;
    for (const Leaves& leaves : trees) {
      const auto found = leaves.find(path);
      values.push_back(found == leaves.end() ? json::value(nullptr) : found->second);
      distinct.insert(json_text(values.back()));
    }
    if (distinct.size() < 2) continue;
    if (differences.size() == most_differences) break;
    json::object difference;
    difference["path"] = path;
    difference["values"] = std::move(values);
    differences.push_back(std::move(difference));
  }
  return differences;
}

}  // namespace backtest
