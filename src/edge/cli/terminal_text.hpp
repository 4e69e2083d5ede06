// Text of others on its way to a terminal: names, messages and answers that somebody else chose. A terminal obeys
// control characters, so they are shown instead; passwords in URLs are masked.
#pragma once

#include <string>
#include <string_view>

namespace backtest {

// New lines and tabs stay. Every other control character, those of C1 in UTF-8 and the marks that turn the direction of
// text round become `?`. Bytes that are no UTF-8 do likewise.
std::string terminal_text(std::string_view text);
// `scheme://user:password@host` with *** for the password, wherever it stands in the text.
std::string without_passwords(std::string_view text);

}  // namespace backtest
