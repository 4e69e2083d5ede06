#include "arrow_library/arrow_library.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>
#include <system_error>

namespace backtest {
namespace {

namespace fs = std::filesystem;

TEST(ArrowLibrary, LiesBesideTheProgramAndHasATableForEachOfItsFolders) {
  EXPECT_EQ(arrow_library_path(), fs::read_symlink("/proc/self/exe").parent_path() / "libbacktest_arrow.so");
  for (const char* name : {"backtest_arrow_tables", "backtest_arrow_writers", "backtest_arrow_artifacts"}) {
    EXPECT_NE(arrow_library_constant(name), nullptr) << name;
  }
}

std::string said_of(const char* constant) {
  try {
    arrow_library_constant(constant);
  } catch (const std::system_error& error) {
    return error.what();
  }
  return "nothing";
}

TEST(ArrowLibrary, WhatItLacksIsAnErrorThatNamesItsFile) {
  const std::string expected = arrow_library_path().string() + ": it lacks backtest_arrow_nothing";
  EXPECT_NE(said_of("backtest_arrow_nothing").find(expected), std::string::npos) << said_of("backtest_arrow_nothing");
}

// Run by the next test in a program of its own.
TEST(ArrowLibrary, DISABLED_SaysWhatLoadingItSays) {
  std::puts(said_of("backtest_arrow_tables").c_str());
}

std::string said_in(const fs::path& directory) {
  const std::string command =
      (directory / "bin/program").string() +
      " --gtest_also_run_disabled_tests --gtest_filter=ArrowLibrary.DISABLED_SaysWhatLoadingItSays";
  FILE* output = popen(command.c_str(), "r");
  std::string text;
  std::array<char, 4096> buffer;
  while (std::fgets(buffer.data(), buffer.size(), output) != nullptr) text += buffer.data();
  pclose(output);
  return text;
}

TEST(ArrowLibrary, ThatIsMissingOrAnotherOneIsAnErrorThatNamesItsFile) {
  const fs::path program = fs::read_symlink("/proc/self/exe");
  const fs::path directory = fs::temp_directory_path() / ("arrow_library_" + std::to_string(getpid()));
  fs::create_directories(directory / "bin");
  fs::create_directories(directory / "lib/backtest");
  fs::copy_file(program, directory / "bin/program");
  const fs::path library = directory / "lib/backtest/libbacktest_arrow.so";

  const std::string missing = said_in(directory);
  EXPECT_NE(missing.find("need " + library.string() + ": "), std::string::npos) << missing;
  EXPECT_NE(missing.find("No such file"), std::string::npos) << missing;

  fs::copy_file("/lib/x86_64-linux-gnu/libz.so.1", library);
  const std::string foreign = said_in(directory);
  EXPECT_NE(foreign.find(library.string() + ": it lacks backtest_arrow_identity"), std::string::npos) << foreign;

  fs::copy_file(program.parent_path() / "libbacktest_arrow.so", library, fs::copy_options::overwrite_existing);
  EXPECT_NE(said_in(directory).find("\nnothing\n"), std::string::npos) << said_in(directory);
  fs::remove_all(directory);
}

}  // namespace
}  // namespace backtest
