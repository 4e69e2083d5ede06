#include "base/loaded_library.hpp"

#include <gtest/gtest.h>

#include <system_error>

namespace backtest {
namespace {

std::string said_by(const char* file, const char* name) {
  try {
    double (*function)(double) = nullptr;
    LoadedLibrary(file, "a square root").find(name, function);
    return std::to_string(function(9.0));
  } catch (const std::system_error& error) {
    return error.what();
  }
}

TEST(LoadedLibrary, FindsFunctionsOrSaysWhichFileLacksWhatAndWhoNeedsIt) {
  EXPECT_EQ(said_by("libm.so.6", "sqrt"), "3.000000");
  EXPECT_NE(said_by("libm.so.6", "root").find("a square root needs the library libm.so.6: it lacks root"),
            std::string::npos);
  EXPECT_NE(said_by("libroots.so.1", "sqrt").find("a square root needs the library libroots.so.1: libroots.so.1: "),
            std::string::npos);
}

}  // namespace
}  // namespace backtest
