// The web client that is part of the binary (UI-1): what is sent where no directory of another one is set. Its pages
// are its own paths and no others, so that a mistyped path of the API stays a 404.
#pragma once

#include <span>
#include <string_view>

#include "edge/http/message/http_message.hpp"
#include "edge/http/resource/api_context.hpp"

namespace backtest {

struct EmbeddedFile {
  std::string_view path;  // "/assets/index-1a2b.js"
  std::string_view gzip;
  std::string_view etag;  // weak and quoted: the same for both codings
};

// Empty in a binary that was built without one.
std::span<const EmbeddedFile> embedded_client();

// The file for a path: itself, or index.html for a page of the client; null where the client has neither.
const EmbeddedFile* find_client_file(std::span<const EmbeddedFile> files, const RequestTarget& target);

HttpResponse client_file_response(const EmbeddedFile& file, const HttpRequest& request);

// GET of a path for which find_client_file() finds something.
HttpResponse get_client_file(ApiContext& context, const HttpRequest& request);

}  // namespace backtest
