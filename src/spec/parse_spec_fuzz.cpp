// Any bytes as a config, as YAML, as JSON or by their look: they parse or are refused with diagnostics, and never
// worse. What parses resolves to the same canonical text again, from its JSON form and from its YAML form.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assertion.hpp"
#include "spec/resolved_yaml.hpp"
#include "spec/spec.hpp"

namespace {

using namespace backtest;

void check(const Spec& spec) {
  const SpecOptions of_resolved{.warn_without_effect = false};
  BACKTEST_ASSERT(spec.config_sha256.size() == 64, "a config has a SHA-256");
  BACKTEST_ASSERT(parse_spec(spec.resolved, of_resolved).canonical == spec.canonical, "the resolved form is a config");
  const Spec from_yaml = parse_spec(resolved_yaml(spec.resolved), "resolved.yaml", of_resolved);
  BACKTEST_ASSERT(from_yaml.canonical == spec.canonical, "config.yaml is the same config");
}

}  // namespace

// The first byte picks the format and the options, the rest is the text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::uint8_t choice = data[0];
  static constexpr std::string_view names[] = {"fuzz.yaml", "fuzz.json", "fuzz"};
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    check(parse_spec(text, names[choice % 3], {.strict = (choice & 0x40) == 0}));
  } catch (const InvalidInput& invalid) {
    BACKTEST_ASSERT(!invalid.diagnostics().empty(), "a refusal says why");
  }
  return 0;
}
