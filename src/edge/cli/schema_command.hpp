// `backtest schema`: the config's keys for editors (JSON Schema) and for people (docs/config.md).
#pragma once

namespace backtest {

int schema_command(bool as_markdown);

}  // namespace backtest
