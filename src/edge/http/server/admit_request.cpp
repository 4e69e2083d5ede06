#include "edge/http/server/admit_request.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <ctime>

#include "edge/http/server/caller_address.hpp"

namespace backtest {

namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

constexpr auto key_wait = std::chrono::seconds(12);

asio::awaitable<std::optional<HttpError>> authenticate(ServerCore& core, HttpRequest& request, Access access) {
  const auto give_up = Clock::now() + key_wait;
  for (const std::uint64_t refreshes = core.key_refreshes;;) {
    const bool has_waited = core.key_refreshes != refreshes;
    auto outcome = core.authenticator->authenticate(request, access, std::time(nullptr), has_waited);
    if (auto* principal = std::get_if<Principal>(&outcome)) {
      request.principal = std::move(*principal);
      co_return std::nullopt;
    }
    if (auto* refused = std::get_if<HttpError>(&outcome)) co_return std::move(*refused);
    if (Clock::now() > give_up) {
      co_return HttpError(502, "identity_provider_unavailable", "the identity provider does not answer")
          .with_header("Retry-After", "5");
    }
    boost::system::error_code ignored;
    co_await core.keys_refreshed.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

// What AUTH-12 counts as one: runs, and data sets that are put and removed (AUTH-13).
bool is_submission_to(const Route& route) {
  if (route.access != Access::write) return false;
  return route.pattern == "/backtests" || route.pattern == "/datasets/{dataset}";
}

}  // namespace

std::optional<HttpError> enter_through_proxy(ServerCore& core, const ConnectionTable::Peer& peer,
                                             ServedRequest& served) {
  const Address caller = caller_address(served.request, peer.address, core.settings.trusted_proxies);
  served.request.address = address_text(caller);
  if (peer.listener != Listener::api || caller == peer.address) return std::nullopt;
  const auto found = core.requests_through_proxies.find(caller);
  if (found != core.requests_through_proxies.end() && found->second >= core.connections.limits().per_address) {
    return HttpError(503, "too_many_connections", "too many requests of this address are under way")
        .with_header("Retry-After", "1");
  }
  served.through_proxy.emplace(core, caller);
  return std::nullopt;
}

asio::awaitable<std::optional<HttpError>> admit_caller(ServerCore& core, ServedRequest& served, Access access) {
  const Route* route = served.route;
  const bool is_submission = route != nullptr && is_submission_to(*route);
  if (auto refused = core.rates.refuse_address(served.request, is_submission, served.started)) co_return refused;
  if (auto refused = co_await authenticate(core, served.request, access)) co_return refused;
  co_return core.rates.refuse_caller(served.request, is_submission, served.started);
}

}  // namespace backtest
