// libbacktest_arrow.so: what this program does with Arrow's libraries, which take longer to load than the rest of it to
// start. Loaded when something asks for it, once, and kept. It is no interface for others: it is built with the program
// and refused by any other one.
#pragma once

#include <filesystem>

namespace backtest {

// Beside the program, as it is built, else where a package has it: ../lib/backtest from there.
std::filesystem::path arrow_library_path();

// When the functions that Arrow's libraries call are looked up: each at its first call, or all at once, for a process
// whose copies are to find them.
enum class Binding { lazy, now };

// So that it is there when the files of the system cannot be read any more. Throws as the next one does.
void load_arrow_library(Binding binding = Binding::lazy);

// A constant of that name. Throws std::system_error that names the library's file where it is missing, is another
// build's, or lacks the constant.
const void* arrow_library_constant(const char* name);

template <typename Functions>
const Functions& arrow_functions(const char* name) {
  return *static_cast<const Functions*>(arrow_library_constant(name));
}

}  // namespace backtest
