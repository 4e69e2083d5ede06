// Properties of random valid configs, drawn from the schema that the decoder declares: what a config resolves to means
// the same, in JSON and in YAML, whatever the order of its keys.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cmath>

#include "spec/config_for_tests.hpp"
#include "spec/config_schema.hpp"
#include "spec/node_words.hpp"
#include "spec/resolved_yaml.hpp"

namespace backtest {
namespace {

const std::vector<std::string>& awkward_texts() {
  static const std::vector<std::string> texts{
      "NO",         "0700",  "1e5",         "~",    "null", "yes", "a: b", "a # b", "- x",
      "it's",       "\"q\"", "caf\xC3\xA9", "{a}",  "[b]",  "&a",  "*b",   "!t",    "%d",
      "@x",         "`t`",   "0x1F",        "1:30", "-1",   ".5",  "\\",   "=",     "a,b",
      "<<",         "?",     "|",           ">",    ":",    "+",   ".inf", "x y",   "\xF0\x9F\x98\x80",
      "2023-01-02", "1_000", "NULL",        "off",  "'",    "''",  "#",    "a:",    "\xC2\xA0"};
  return texts;
}

int below(int count) {
  return *rc::gen::inRange(0, count);
}
bool one_in(int count) {
  return below(count) == 0;
}

class ConfigGenerator {
 public:
  json::object config() {
    json::object made = map(describe_config().fields);
    made["start_date"] = "2023-01-02";
    made["end_date"] = "2023-12-29";
    made["universe"] = {{"symbols", {"AAA", "NO", "0700"}}};
    if (made.contains("benchmark")) made["benchmark"] = {{"symbol", "SPY"}};
    return made;
  }

 private:
  static double number(const Range& range, bool is_integer) {
    const double low = std::isfinite(range.low) ? range.low : -1000.0;
    const double high = std::isfinite(range.high) ? range.high : std::max(low, 0.0) + 1000.0;
    const double share = below(1001) / 1000.0;
    double value = low + (high - low) * share;
    if (is_integer) value = std::round(value);
    return range.holds(value) ? value : is_integer ? std::ceil((low + high) / 2) : (low + high) / 2;
  }

  // Paths and symbols are checked against the rest of the config.
  static json::value text(const std::string& name) {
    if (name == "price_path" || name == "signal_path" || name == "path") return "table.csv";
    if (name == "symbol") return "NO";
    if (name == "currency") return "$";
    if (name == "date_format") return one_in(2) ? "%d/%m/%Y" : "epoch_s";
    if (name == "timezone") return "+09:00";
    return json_of(awkward_texts()[static_cast<std::size_t>(below(static_cast<int>(awkward_texts().size())))]);
  }

  json::value value(const SchemaNode& node) {
    switch (node.kind) {
      case SchemaKind::flag:
        return one_in(2);
      case SchemaKind::number:
        return number(node.range, false);
      case SchemaKind::integer:
        return static_cast<std::int64_t>(number(node.range, true));
      case SchemaKind::text:
        return text(node.name);
      case SchemaKind::choice:
        if (node.name == "price_source") return "local";
        if (node.name == "layout") return "long";
        if (node.name == "thousands") return "none";  // another sign than the decimal one
        return json_of(node.allowed[static_cast<std::size_t>(below(static_cast<int>(node.allowed.size())))]);
      case SchemaKind::text_list: {
        json::array list;
        const int count = 1 + below(3);
        const bool is_computed = node.name == "allowed_missing_columns" || node.name == "columns";
        for (int i = 0; i < count; ++i) list.push_back(is_computed ? json::value("breakout_score") : text(node.name));
        if (node.name == "symbols") list = {"NO", "AAA"};
        return list;
      }
      case SchemaKind::number_map:
        // Below every max_position_size that is drawn.
        return json::object{{"NO", 0.0005}, {"AAA", number({.low = -0.0005, .high = 0.0005}, false)}, {"0700", 0}};
      case SchemaKind::text_map:
        return json::object{{"close", "Adj Close"}, {"NO", "0700"}};
      case SchemaKind::map:
        return map(node.fields);
      case SchemaKind::map_list: {
        json::array list;
        const int count = (node.required ? 1 : 0) + below(3);
        for (int i = 0; i < count; ++i) {
          json::object item = map(node.fields);
          if (node.name == "legs") item["name"] = json_of("leg " + std::to_string(i));
          list.push_back(std::move(item));
        }
        return list;
      }
      case SchemaKind::reference:
        return referenced(node.target);
      case SchemaKind::one_of:
        return value(node.fields[static_cast<std::size_t>(below(static_cast<int>(node.fields.size())))]);
      case SchemaKind::any:
      case SchemaKind::date:
      case SchemaKind::variant:
      case SchemaKind::component:
        break;
    }
    return "Daily";
  }

  json::value referenced(const std::string& target) {
    if (target == "sizing") return map(describe_sizing().fields);
    if (target == "leg_strategy") return map(describe_leg_strategy().fields);
    if (++scorings_ > 3) return json::object{{"type", "constant"}};  // a base may have a base
    return map(describe_scoring().fields);
  }

  json::object map(const std::vector<SchemaNode>& fields) {
    std::vector<const SchemaNode*> choosing;
    json::object made;
    for (const SchemaNode& node : fields) {
      if (node.kind == SchemaKind::variant || node.kind == SchemaKind::component) {
        choosing.push_back(&node);
      } else if ((node.required || one_in(2) || node.name == "strategy" || node.name == "data" ||
                  node.name == "scoring" || node.name == "selection") &&
                 node.kind != SchemaKind::date) {
        made[node.name] = value(node);
      }
    }
    if (choosing.empty()) return made;
    made.clear();
    const SchemaNode& chosen = *choosing[static_cast<std::size_t>(below(static_cast<int>(choosing.size())))];
    const SchemaNode& alternative =
        chosen.alternatives[static_cast<std::size_t>(below(static_cast<int>(chosen.alternatives.size())))];
    json::object inner = map(alternative.fields);
    if (chosen.kind == SchemaKind::component) {
      made["parameters"] = std::move(inner);
    } else {
      made = std::move(inner);
    }
    made[chosen.name] = json_of(alternative.name);
    return made;
  }

  int scorings_ = 0;
};

// The few rules that join two keys are mended, not drawn.
void mend(json::value& value) {
  if (value.is_array()) {
    for (json::value& item : value.get_array()) mend(item);
  }
  if (!value.is_object()) return;
  json::object& map = value.get_object();
  if (map.contains("net_target")) map["net_target"] = 0.0;
  if (map.contains("skip")) map["skip"] = 0;
  if (map.contains("max") && map.contains("min")) map["max"] = map["min"];
  map.erase("net_exposure_max");
  if (map.contains("freq")) {
    map["every_n_days"] = 3;
    map["every_n_calendar_days"] = 4;
  }
  if (map.contains("cost_financing")) map.erase("reserve_costs");
  if (map.contains("price_source")) map["price_source"] = "local";  // the form of a path is its source's
  map.erase("signal_source");
  if (map.contains("delta_timestamp")) {
    map["delta_timestamp"] = "2024-01-31T12:00:00Z";
    map.erase("delta_version");
  }
  if (map.contains("risk_free") && map["risk_free"].is_object()) {
    json::object& series = map["risk_free"].get_object();
    series.erase("path");
    series["symbol"] = "NO";
  }
  if (map.contains("weight") && map.contains("strategy")) map["weight"] = 1.5, map["enabled"] = true;
  for (auto& [key, item] : map) mend(item);
}

json::value any_config() {
  json::value config = ConfigGenerator().config();
  mend(config);
  json::object& map = config.get_object();
  if (!map.contains("constraints")) map["constraints"] = json::object();
  map["constraints"].get_object()["allow_short"] = true;  // a selection of shorts alone needs it
  return config;
}

json::value shuffled(const json::value& value) {
  if (value.is_array()) {
    json::array list;
    for (const json::value& item : value.get_array()) list.push_back(shuffled(item));
    return list;
  }
  if (!value.is_object()) return value;
  std::vector<std::string> keys;
  for (const auto& [key, item] : value.get_object()) keys.emplace_back(key);
  for (std::size_t i = keys.size(); i > 1; --i)
    std::swap(keys[i - 1], keys[static_cast<std::size_t>(below(static_cast<int>(i)))]);
  json::object map;
  for (const std::string& key : keys) map[key] = shuffled(value.get_object().at(key));
  return map;
}

std::string said_about(const json::value& config) {
  try {
    parse_spec(config);
    return "";
  } catch (const InvalidInput& invalid) {
    return invalid.what();
  }
}

RC_GTEST_PROP(ResolvedConfig, WhatTheSchemaDescribesParses, ()) {
  const json::value config = any_config();
  RC_LOG() << json_text(config);
  RC_ASSERT(said_about(config) == "");
}

RC_GTEST_PROP(ResolvedConfig, ResolvesToItself, ()) {
  const json::value config = any_config();
  RC_LOG() << json_text(config);
  const Spec spec = parse_spec(config);
  RC_ASSERT(parse_spec(spec.resolved).canonical == spec.canonical);
  RC_ASSERT(parse_spec(spec.canonical, "canonical.json").canonical == spec.canonical);
  const std::string yaml = resolved_yaml(spec.resolved);
  RC_LOG() << yaml;
  RC_ASSERT(parse_spec(yaml, "resolved.yaml").canonical == spec.canonical);
}

RC_GTEST_PROP(ResolvedConfig, OrderAndFormatChangeNothing, ()) {
  const json::value config = any_config();
  RC_LOG() << json_text(config);
  const std::string canonical = parse_spec(config).canonical;
  const json::value other = shuffled(config);
  RC_ASSERT(parse_spec(other).canonical == canonical);
  RC_ASSERT(parse_spec(json_text(other, JsonLayout::indented), "config.json").canonical == canonical);
  RC_ASSERT(parse_spec(resolved_yaml(other), "config.yaml").canonical == canonical);
}

// Maps whose keys the schema closes: those of free names (weights, data.columns) and exchange_in (CS-5) take any key.
void collect_maps(json::value& value, std::vector<json::object*>& maps) {
  if (value.is_array()) {
    for (json::value& item : value.get_array()) collect_maps(item, maps);
  }
  if (!value.is_object()) return;
  const json::value* type = value.get_object().if_contains("type");
  if (type == nullptr || *type != "exchange_in") maps.push_back(&value.get_object());
  for (auto& [key, item] : value.get_object()) {
    if (key != "weights" && key != "columns") collect_maps(item, maps);
  }
}

RC_GTEST_PROP(ResolvedConfig, AnUnknownKeyAtAnyDepthIsNamed, ()) {
  json::value config = any_config();
  std::vector<json::object*> maps;
  collect_maps(config, maps);
  (*maps[static_cast<std::size_t>(below(static_cast<int>(maps.size())))])["not_a_key"] = 1;
  RC_LOG() << json_text(config);
  RC_ASSERT(said_about(config).find("unknown key 'not_a_key'") != std::string::npos);
}

}  // namespace
}  // namespace backtest
