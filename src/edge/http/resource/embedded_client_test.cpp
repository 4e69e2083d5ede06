// The web client of the binary: which paths are its own, and how its files are sent.
#include "edge/http/resource/embedded_client.hpp"

#include <zlib.h>

#include <array>

#include "edge/http/server/service_for_tests.hpp"

namespace backtest {
namespace {

using testing::HasSubstr;

std::string gzip_of(std::string_view text) {
  std::array<char, 1024> packed{};
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  deflateEnd(&stream);
  return {packed.data(), packed.size() - stream.avail_out};
}

const std::string index_gzip = gzip_of("<!doctype html>"), script_gzip = gzip_of("export default 1;");
const std::array<EmbeddedFile, 3> client_files = {{{"/assets/index-1a2b.js", script_gzip, "W/\"script\""},
                                                   {"/icon.svg", index_gzip, "W/\"icon\""},
                                                   {"/index.html", index_gzip, "W/\"index\""}}};

TEST(EmbeddedClient, ItsOwnPathsAndNoOthers_UI1) {
  struct Case {
    std::string target, file;
  };
  for (const Case& c : std::vector<Case>{{"/", "/index.html"},
                                         {"/runs", "/index.html"},
                                         {"/runs/R1", "/index.html"},
                                         {"/runs/R%2F1", "/index.html"},
                                         {"/runs/R1?tab=trades", "/index.html"},
                                         {"/data", "/index.html"},
                                         {"/data/eod.prices@0123456789abcdef", "/index.html"},
                                         {"/compare?ids=a,b", "/index.html"},
                                         {"/submit", "/index.html"},
                                         {"/service", "/index.html"},
                                         {"/sign-in?code=1", "/index.html"},
                                         {"/icon.svg", "/icon.svg"},
                                         {"/assets/index-1a2b.js", "/assets/index-1a2b.js"},
                                         {"/icon.svg/", ""},
                                         {"/assets", ""},
                                         {"/assets/gone.js", ""},
                                         {"/assets/../icon.svg", ""},
                                         {"/nothing", ""},
                                         {"/runs/R1/trades", ""},
                                         {"/data/eod/preview", ""},
                                         {"/submit/more", ""}}) {
    const auto target = parse_request_target(c.target);
    ASSERT_TRUE(target) << c.target;
    const EmbeddedFile* file = find_client_file(client_files, *target);
    EXPECT_EQ(file ? file->path : "", c.file) << c.target;
  }
}

TEST(EmbeddedClient, CompressedWhereAcceptedAndPlainElsewhere) {
  HttpRequest request;
  const HttpResponse plain = client_file_response(client_files[0], request);
  EXPECT_EQ(plain.body, "export default 1;");
  EXPECT_FALSE(plain.header("Content-Encoding"));
  EXPECT_EQ(plain.header("Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(plain.header("Cache-Control"), "public, max-age=31536000, immutable");

  request.headers = {{"Accept-Encoding", "gzip"}};
  const HttpResponse packed = client_file_response(client_files[0], request);
  EXPECT_EQ(packed.body, script_gzip);
  EXPECT_EQ(packed.header("Content-Encoding"), "gzip");
  EXPECT_EQ(packed.header("Vary"), "Accept-Encoding");
  EXPECT_EQ(client_file_response(client_files[2], request).header("Cache-Control"), "no-store");

  request.headers = {{"If-None-Match", "\"script\""}};
  EXPECT_EQ(client_file_response(client_files[0], request).status, 304);
}

class EmbeddedClientOfServiceTest : public ServiceTest {};

TEST_F(EmbeddedClientOfServiceTest, IsPublicAndCanBeTakenAway) {
  if (embedded_client().empty()) GTEST_SKIP() << "this build has no web client";
  environment_["BACKTEST_API_KEY"] = "key";
  start();
  const Answer index = get("/");
  EXPECT_EQ(index.status, 200);
  EXPECT_THAT(index.body, HasSubstr("<!doctype html>"));
  EXPECT_THAT(index.header("Content-Security-Policy"), HasSubstr("style-src 'self';"));
  EXPECT_EQ(get("/runs/R1").status, 200);
  EXPECT_EQ(call("POST", "/runs").status, 405);
  EXPECT_EQ(get("/nothing", "X-API-Key: key\r\n").code(), "not_found");
  EXPECT_EQ(get("/backtests").status, 401);
}

TEST_F(EmbeddedClientOfServiceTest, ConfigTellsHowToSignIn_UI3) {
  environment_["BACKTEST_API_KEY"] = "key";
  environment_["BACKTEST_API_KEY_HEADER"] = "X-Own-Key";
  start();
  EXPECT_THAT(get("/config.js").body, HasSubstr(R"("authMode":"api_key")"));
  EXPECT_THAT(get("/config.js").body, HasSubstr(R"("apiKeyHeader":"X-Own-Key")"));
}

}  // namespace
}  // namespace backtest
