#include "postgres/libpq.hpp"

#include "base/loaded_library.hpp"

namespace backtest {

namespace {

Libpq load() {
  const LoadedLibrary library("libpq.so.5", "PostgreSQL");
  Libpq functions{};
#define X(name) library.find(#name, functions.name);
  BACKTEST_LIBPQ_FUNCTIONS(X)
#undef X
  return functions;
}

}  // namespace

const Libpq& libpq() {
  static const Libpq functions = load();
  return functions;
}

}  // namespace backtest
