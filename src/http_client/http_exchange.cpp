#include "http_client/http_exchange.hpp"

#include <cstdlib>
#include <fstream>
#include <mutex>
#include <optional>

#include "http_client/libcurl.hpp"

namespace backtest {

namespace {

struct Transfer {
  CURL* curl;
  const BodySink& sink;
  std::uint64_t left;
  bool ended_by_sink = false;
  bool too_large = false;
};

std::size_t on_bytes(char* bytes, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t total = size * count;
  if (total > transfer.left) {
    transfer.too_large = true;
    return CURL_WRITEFUNC_ERROR;
  }
  transfer.left -= total;
  long status = 0;
  libcurl().curl_easy_getinfo(transfer.curl, CURLINFO_RESPONSE_CODE, &status);
  if (transfer.sink(static_cast<int>(status), {bytes, total})) return total;
  transfer.ended_by_sink = true;
  return CURL_WRITEFUNC_ERROR;
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(user)->load() ? 1 : 0;
}

// The file that a request sends.
class SentFile {
 public:
  explicit SentFile(const std::filesystem::path& path) : file_(path, std::ios::binary) {
    std::error_code error;
    size_bytes_ = std::filesystem::file_size(path, error);
    if (!file_ || error) throw ExchangeFailed(path.string() + " cannot be read");
  }
  std::uint64_t size_bytes() const { return size_bytes_; }

  static std::size_t on_wanted(char* buffer, std::size_t size, std::size_t count, void* user) {
    auto& file = static_cast<SentFile*>(user)->file_;
    file.read(buffer, static_cast<std::streamsize>(size * count));
    return file.bad() ? CURL_READFUNC_ABORT : static_cast<std::size_t>(file.gcount());
  }

 private:
  std::ifstream file_;
  std::uint64_t size_bytes_ = 0;
};

class HeaderList {
 public:
  explicit HeaderList(const std::vector<std::pair<std::string, std::string>>& headers) {
    for (const auto& [name, value] : headers) {
      if ((name + value).find_first_of("\r\n") != std::string::npos) {
        throw std::invalid_argument("the header " + name + " has a line break");
      }
      list_ = libcurl().curl_slist_append(list_, (name + ": " + value).c_str());
    }
  }
  ~HeaderList() { libcurl().curl_slist_free_all(list_); }
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;

  curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

void set_limits(CURL* curl, const ExchangeLimits& limits) {
  libcurl().curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connect.count()));
  libcurl().curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(limits.total.count()));
  libcurl().curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  libcurl().curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(limits.silent.count()));
  libcurl().curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http");
  libcurl().curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  libcurl().curl_easy_setopt(curl, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
  libcurl().curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  // Of a company's own authority, as other programs are told of it.
  if (const char* authorities = std::getenv("SSL_CERT_FILE"); authorities != nullptr && *authorities != '\0') {
    libcurl().curl_easy_setopt(curl, CURLOPT_CAINFO, authorities);
  }
  libcurl().curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
}

}  // namespace

struct HttpClient::Handle {
  Handle() {
    static std::once_flag initialized;
    std::call_once(initialized, [] { libcurl().curl_global_init(CURL_GLOBAL_DEFAULT); });
    curl = libcurl().curl_easy_init();
    if (curl == nullptr) throw std::runtime_error("no memory for an HTTP client");
  }
  ~Handle() { libcurl().curl_easy_cleanup(curl); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  CURL* curl = nullptr;
};

HttpClient::HttpClient(ExchangeLimits limits) : limits_(limits), handle_(std::make_unique<Handle>()) {}

HttpClient::~HttpClient() = default;

int HttpClient::exchange(const OutgoingRequest& request, const BodySink& sink) {
  CURL* curl = handle_->curl;
  libcurl().curl_easy_reset(curl);
  set_limits(curl, limits_);
  const HeaderList headers(request.headers);
  Transfer transfer{.curl = curl, .sink = sink, .left = limits_.answer_bytes};
  libcurl().curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  libcurl().curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  libcurl().curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
  libcurl().curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  if (request.cancelled != nullptr) {
    libcurl().curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    libcurl().curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    libcurl().curl_easy_setopt(curl, CURLOPT_XFERINFODATA, const_cast<std::atomic<bool>*>(request.cancelled));
  }
  if (request.body) {
    libcurl().curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body->size()));
    libcurl().curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body->c_str());
  }
  std::optional<SentFile> file;
  if (request.body_file) {
    file.emplace(*request.body_file);
    libcurl().curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    libcurl().curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(file->size_bytes()));
    libcurl().curl_easy_setopt(curl, CURLOPT_READFUNCTION, SentFile::on_wanted);
    libcurl().curl_easy_setopt(curl, CURLOPT_READDATA, &*file);
  }
  if (request.method != (file ? "PUT" : request.body ? "POST" : "GET")) {
    libcurl().curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  const CURLcode result = libcurl().curl_easy_perform(curl);
  if (transfer.too_large) {
    throw ExchangeFailed("the answer has more than " + std::to_string(limits_.answer_bytes) + " bytes");
  }
  if (result != CURLE_OK && !transfer.ended_by_sink) throw ExchangeFailed(libcurl().curl_easy_strerror(result));
  long status = 0;
  libcurl().curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return static_cast<int>(status);
}

}  // namespace backtest
