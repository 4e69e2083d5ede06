#include "edge/cli/progress_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string_view>

namespace backtest {

namespace {

std::string_view phase_name(Phase phase) {
  switch (phase) {
    case Phase::loading:
      return "loading";
    case Phase::simulating:
      return "simulating";
    case Phase::reporting:
      return "writing artifacts";
  }
  return "";
}

std::string grouped(double value) {
  std::string digits = fmt::format("{:.0f}", value);
  for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

// The date that was reached, and the NAV at its close.
std::string place_text(const Progress& progress) {
  std::string text = progress.date ? to_text(*progress.date) : "";
  if (progress.nav) text += (*progress.nav < 0 ? "  NAV -" : "  NAV ") + grouped(std::fabs(*progress.nav));
  return text;
}

}  // namespace

ProgressLine::ProgressLine(ProgressStyle style, bool is_terminal)
    : bar_(style == ProgressStyle::automatic && is_terminal),
      plain_(style == ProgressStyle::plain || (style == ProgressStyle::automatic && !is_terminal)) {}

ProgressLine::~ProgressLine() {
  clear();
}

void ProgressLine::show(const Progress& progress) {
  if (bar_) show_bar(progress);
  if (plain_) show_plain(progress);
}

void ProgressLine::clear() {
  if (bar_is_drawn_) fmt::print(stderr, "\r\x1b[K");
  bar_is_drawn_ = false;
}

void ProgressLine::show_bar(const Progress& progress) {
  constexpr std::size_t width = 28;
  bar_is_drawn_ = true;
  if (progress.phase != Phase::simulating || progress.bars_total == 0) {
    fmt::print(stderr, "\r\x1b[K{} ...", phase_name(progress.phase));
    std::fflush(stderr);
    return;
  }
  const double share = static_cast<double>(progress.bars_done) / static_cast<double>(progress.bars_total);
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(width));
  std::string bar;
  for (std::size_t i = 0; i < width; ++i) bar += i < filled ? "█" : "░";
  fmt::print(stderr, "\r\x1b[Ksimulating {} {:3.0f}%  {}  {} bars/s", bar, share * 100.0, place_text(progress),
             grouped(progress.bars_per_second));
  std::fflush(stderr);
}

void ProgressLine::show_plain(const Progress& progress) {
  if (!phase_was_shown_ || progress.phase != phase_) {
    phase_ = progress.phase;
    phase_was_shown_ = true;
    tenth_shown_ = 0;
    fmt::print(stderr, "{}\n", phase_name(progress.phase));
  }
  if (progress.phase != Phase::simulating || progress.bars_total == 0) return;
  const std::size_t tenth = progress.bars_done * 10 / progress.bars_total;
  if (tenth <= tenth_shown_) return;
  tenth_shown_ = tenth;
  fmt::print(stderr, "simulating {}% {}\n", tenth * 10, place_text(progress));
}

}  // namespace backtest
