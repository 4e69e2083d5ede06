// Which runs may hold a text: an FTS5 index of the trigrams of run ids and names, so that a search that finds little
// does not read every run.
//
// It is a hint and never an answer: whoever uses it compares the texts. Runs are indexed in batches after the fact, by
// whoever searches; what is newer is a candidate as it is. Runs that are gone stay in the index until it is built anew.
// A build that does not know it works on the same file.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "run_store/sqlite/sqlite_connection.hpp"

namespace backtest::sqlite {

// True when so many runs are not indexed yet, or are gone, that it is worth a write.
bool is_text_index_behind(SqliteConnection& connection);
// One step of bringing it up to date: at most `most_rows` runs.
void extend_text_index(SqliteConnection& connection, std::int64_t most_rows);

// The ids of all runs whose id or name may hold `text`, and of others. Nullopt where the index cannot say: the text is
// short or not ASCII, too many runs may hold it, or the index is far behind.
std::optional<std::vector<std::int64_t>> text_candidates(SqliteConnection& connection, std::string_view text);

}  // namespace backtest::sqlite
