// The functions of libcurl that are used, loaded with the first client: libcurl and what it brings would be a third of
// every start.
#pragma once

#include <curl/curl.h>

namespace backtest {

// clang-format off
#define BACKTEST_LIBCURL_FUNCTIONS(X) \
  X(curl_easy_cleanup) X(curl_easy_getinfo) X(curl_easy_init) X(curl_easy_perform) X(curl_easy_reset) \
  X(curl_easy_setopt) X(curl_easy_strerror) X(curl_global_init) X(curl_slist_append) X(curl_slist_free_all)
// clang-format on

struct Libcurl {
#define X(name) decltype(&::name) name;
  BACKTEST_LIBCURL_FUNCTIONS(X)
#undef X
};

// Throws std::system_error where libcurl cannot be loaded.
const Libcurl& libcurl();

}  // namespace backtest
