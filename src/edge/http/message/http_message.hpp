// Requests and responses as the resources see them: no socket, no framework.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "edge/http/message/identity.hpp"
#include "edge/http/message/memory_budget.hpp"
#include "edge/http/message/request_target.hpp"

namespace backtest {

// What a caller proved to be, and what it may do.
struct Principal {
  Identity identity;
  Rights rights;
  std::optional<std::int64_t> expires_at_s;  // of a token or a key
};

// Takes a body that no memory should hold, part by part, in place of HttpRequest::body.
class BodyReceiver {
 public:
  virtual ~BodyReceiver() = default;
  virtual void receive(std::string_view bytes) = 0;  // throws HttpError where it wants no more
};

struct HttpRequest {
  std::string method;
  RequestTarget target;
  std::vector<std::pair<std::string_view, std::string_view>>
      headers;  // views into the connection's buffer, gone when it reads on
  std::string body;
  std::shared_ptr<BodyReceiver> receiver;  // of a route that has one, with the whole body
  std::string request_id;
  std::string address;  // the caller's, also behind a trusted proxy
  Principal principal;
  std::vector<std::pair<std::string_view, std::string>> parameters;  // of the route's pattern

  // The first header of that name, any case.
  std::optional<std::string_view> header(std::string_view name) const;
  std::size_t header_count(std::string_view name) const;
  const std::string& parameter(std::string_view name) const;
  // The last query parameter of that name.
  std::optional<std::string_view> query(std::string_view name) const;
};

// A body that is produced while it is sent.
class BodySource {
 public:
  virtual ~BodySource() = default;
  virtual std::size_t read(char* buffer, std::size_t capacity) = 0;  // 0 at the end
};

// What an event stream tells of and from where on: the resources say it, the server follows it.
struct EventStreamStart;

struct HttpResponse {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::unique_ptr<BodySource> source;              // instead of body
  std::optional<std::uint64_t> source_size;        // unset: sent in chunks
  std::shared_ptr<const EventStreamStart> events;  // instead of body
  MemoryShare memory;                              // what the body or its source holds

  std::optional<std::string_view> header(std::string_view name) const;
  void set(std::string name, std::string value) { headers.emplace_back(std::move(name), std::move(value)); }
};

HttpResponse json_response(int status, std::string body);
bool equal_ignoring_case(std::string_view a, std::string_view b);
std::string_view reason_phrase(int status);

}  // namespace backtest
