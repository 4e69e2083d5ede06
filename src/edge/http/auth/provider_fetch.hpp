// GET of a document of the OIDC provider: 2 s to connect, no redirects, at most 1 MiB (AUTH-5).
#pragma once

#include <atomic>
#include <chrono>
#include <string>

namespace backtest {

// Throws std::runtime_error with a reason for the log; the URL's query is never in it.
std::string fetch_from_provider(const std::string& url, std::chrono::milliseconds time,
                                const std::atomic<bool>& cancelled);

}  // namespace backtest
