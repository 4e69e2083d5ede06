// Columns whose name is a field and a symbol in one text, as downloads of many symbols have them once their two rows of
// names are made one: Close_KO, KO.Volume, ('yahoo', 'Close', 'KO'). Read as symbols, volumes would be prices.
#pragma once

#include <string>
#include <vector>

namespace backtest {

// Those of `columns`, where one symbol has two fields of which one can be no symbol itself (HIGH-USD and OPEN-USD are
// currencies); else empty.
std::vector<std::string> joined_names(const std::vector<std::string>& columns);

// What is wrong with them where there is no close of one symbol beside them, which would make an open_time and a
// close_time more of the same bar, and what reads such a table. `joined` is not empty.
std::string joined_names_problem(const std::vector<std::string>& joined);

}  // namespace backtest
