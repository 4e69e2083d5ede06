#include "http_client/libcurl.hpp"

#include "base/loaded_library.hpp"

namespace backtest {

namespace {

Libcurl load() {
  const LoadedLibrary library("libcurl.so.4", "a request to another server");
  Libcurl functions{};
#define X(name) library.find(#name, functions.name);
  BACKTEST_LIBCURL_FUNCTIONS(X)
#undef X
  return functions;
}

}  // namespace

const Libcurl& libcurl() {
  static const Libcurl functions = load();
  return functions;
}

}  // namespace backtest
