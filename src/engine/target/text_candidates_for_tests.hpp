// Scores, candidates and books as text, for tests that a person can read. Instruments are letters, A the first.
//
//   scores      "A=2 B=-1"
//   candidates  "+A=2 -B": side, instrument, strength (1 where none is given; ~ in front of it = normalized);
//               written back, one that is wanted closed is 0A
//   book        candidates, with "*0.5" after one whose scale is not 1
#pragma once

#include <sstream>
#include <string>

#include "engine/target/holding_rule.hpp"

namespace backtest {

inline Scores scores_of(const std::string& text) {
  Scores scores;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    scores.push_back({static_cast<InstrumentIndex>(word[0] - 'A'), std::stod(word.substr(2))});
  }
  return scores;
}

inline Candidates candidates_of(const std::string& text) {
  Candidates candidates;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    Candidate candidate{static_cast<InstrumentIndex>(word[1] - 'A'),
                        word[0] == '-' ? Side::short_side : Side::long_side, 1.0};
    if (word.size() > 3) {
      candidate.normalized = word[3] == '~';
      candidate.strength = std::stod(word.substr(candidate.normalized ? 4 : 3));
    }
    candidates.push_back(candidate);
  }
  return candidates;
}

inline WantedBook book_of(const std::string& text) {
  WantedBook book;
  for (const Candidate& candidate : candidates_of(text)) book.push_back({.candidate = candidate});
  return book;
}

inline std::string text_of(const WantedBook& book) {
  std::ostringstream text;
  for (const WantedPosition& wanted : book) {
    const Candidate& c = wanted.candidate;
    if (text.tellp() > 0) text << ' ';
    text << (c.side == Side::long_side    ? '+'
             : c.side == Side::short_side ? '-'
                                          : '0')
         << static_cast<char>('A' + c.instrument);
    if (c.side != Side::none) text << '=' << c.strength;
    if (wanted.scale != 1.0) text << '*' << wanted.scale;
  }
  return text.str();
}

inline std::string text_of(const Candidates& candidates) {
  WantedBook book;
  for (const Candidate& candidate : candidates) book.push_back({.candidate = candidate});
  return text_of(book);
}

}  // namespace backtest
