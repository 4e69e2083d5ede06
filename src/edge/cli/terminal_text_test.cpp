#include "edge/cli/terminal_text.hpp"

#include <gtest/gtest.h>

namespace backtest {
namespace {

TEST(TerminalText, ShowsWhatATerminalWouldObey) {
  struct Case {
    std::string text, shown;
  };
  for (const Case& c : {Case{"plain\ttext\n", "plain\ttext\n"}, Case{"\x1b[2Jred", "?[2Jred"},
                        Case{"\x1b]0;title\x07", "?]0;title?"}, Case{"back\b\rover", "back??over"},
                        Case{"\xC2\x9B"
                             "31m",
                             "?31m"},
                        Case{"\xE2\x80\xAE"
                             "evil",
                             "?evil"},
                        Case{"Z\xC3\xBCrich \xF0\x9F\x93\x88", "Z\xC3\xBCrich \xF0\x9F\x93\x88"},
                        Case{"\xFF\xC0\x80\xED\xA0\x80\xE2\x80", "????????"}, Case{"", ""}}) {
    EXPECT_EQ(terminal_text(c.text), c.shown) << c.shown;
  }
}

TEST(TerminalText, MasksPasswordsOfUrls) {
  struct Case {
    const char* text;
    const char* shown;
  };
  for (const Case& c :
       {Case{"no answer from http://ada:secret@host:8000: refused", "no answer from http://ada:***@host:8000: refused"},
        Case{"https://host:8000/a@b:c", "https://host:8000/a@b:c"},
        Case{"postgres://u:p@ss@h/db and s3://u:q@h", "postgres://u:***@h/db and s3://u:***@h"},
        Case{"http://:secret@host", "http://:***@host"}, Case{"http://token@host", "http://token@host"},
        Case{"no url: a:b@c", "no url: a:b@c"}}) {
    EXPECT_EQ(without_passwords(c.text), c.shown);
  }
}

}  // namespace
}  // namespace backtest
