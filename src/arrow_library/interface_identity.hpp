// What the program and its library must agree on: a hash of every header that says how they speak, made by the build
// (cmake/arrow_library.cmake). A server whose package is exchanged under it would else load what it does not know.
#pragma once

extern "C" [[gnu::visibility("default")]] const char backtest_arrow_identity[];
