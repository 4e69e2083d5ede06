// The book that a run starts from when the caller gives one.
#pragma once

#include <cstddef>

#include "engine/model/book.hpp"
#include "engine/model/panel.hpp"

namespace backtest {

// `given` as the engine needs it: a position without a mark gets its last close before `first_bar`. Throws InvalidInput
// where instruments do not ascend or do not exist, numbers are not finite, an entry is not before `first_bar`, no mark
// is known, or the book is worth nothing.
Book opening_book(const Book& given, const Panel& prices, std::size_t first_bar);

// A leg's share of it (CMP-9): every position and the cash times `alpha`, and nothing that waits.
Book share_of(const Book& book, double alpha);

}  // namespace backtest
