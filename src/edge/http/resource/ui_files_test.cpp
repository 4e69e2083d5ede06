// The web client's files: what is sent, with what headers, and what can never be.
#include <sys/stat.h>

#include "edge/http/server/service_for_tests.hpp"

namespace backtest {
namespace {

using testing::HasSubstr;

class UiFilesTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    write("ui/index.html", "<!doctype html><script type=module src=/assets/app-1a2b.js></script>");
    write("ui/assets/app-1a2b.js", "export default 1;" + std::string(4'000, ' '));
    write("ui/assets/fonts/a.woff2", "font");
    write("ui/favicon.ico", "icon");
    write("ui/.env", "hidden");
    write("ui/.git/config", "hidden");
    write("secret.txt", "outside");
    environment_["BACKTEST_UI_DIST_DIR"] = (directory_ / "ui").string();
  }
  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((directory_ / name).parent_path());
    std::ofstream(directory_ / name, std::ios::binary) << text;
  }
};

TEST_F(UiFilesTest, WhatEachPathGets_UI2) {
  start();
  const std::string index = "text/html; charset=utf-8", script = "text/javascript; charset=utf-8";
  const std::string problem = "application/problem+json", immutable = "public, max-age=31536000, immutable";
  struct Case {
    std::string target;
    int status;
    std::string type, cache;
  };
  for (const Case& c : std::vector<Case>{
           {"/", 200, index, "no-store"},
           {"/index.html", 200, index, "no-store"},
           {"/runs/R1?tab=trades", 200, index, "no-store"},
           {"/runs/R1/", 200, index, "no-store"},
           {"/healthz/", 200, index, "no-store"},
           {"/missing.png", 200, index, "no-store"},
           {"/favicon.ico", 200, "image/x-icon", "no-cache"},  // W-88
           {"/assets/app-1a2b.js", 200, script, immutable},
           {"/assets/fonts/a.woff2", 200, "font/woff2", immutable},
           {"/assets/gone.js", 404, problem, "no-store"},
           {"/assets/fonts", 404, problem, "no-store"},
           {"/assets", 404, problem, "no-store"},
           {"/assets/", 404, problem, "no-store"},
           {"/backtests/R1", 404, problem, "no-store"},
           {"/backtests/R1/nothing", 404, problem, "no-store"},
           {"/backtests-old", 404, problem, "no-store"},
           {"/config.js", 200, script, "no-store"},
           {"/healthz", 200, "application/json", ""},
       }) {
    const Answer answer = get(c.target);
    EXPECT_EQ(answer.status, c.status) << c.target;
    EXPECT_EQ(answer.header("Content-Type"), c.type) << c.target;
    EXPECT_EQ(answer.header("Cache-Control"), c.cache) << c.target;
    EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff") << c.target;
  }
  EXPECT_EQ(get("/favicon.ico").body, "icon");
  EXPECT_THAT(get("/anything").body, HasSubstr("<!doctype html>"));
}

TEST_F(UiFilesTest, NothingOutsideOrHiddenIsRead) {
  std::filesystem::create_symlink(directory_ / "secret.txt", directory_ / "ui/link.txt");
  std::filesystem::create_symlink("../../secret.txt", directory_ / "ui/assets/link.txt");
  std::filesystem::create_directory_symlink(directory_, directory_ / "ui/assets/up");
  ASSERT_EQ(mkfifo((directory_ / "ui/assets/pipe").c_str(), 0600), 0);
  start();
  for (const char* target :
       {"/link.txt", "/assets/link.txt", "/assets/up/secret.txt", "/../secret.txt", "/assets/../../secret.txt",
        "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/assets/..%2f..%2fsecret.txt", "/assets/%2e%2e/%2e%2e/secret.txt",
        "//etc/passwd", "/%2fetc%2fpasswd", "/..%5csecret.txt", "/.env", "/.git/config", "/assets/pipe"}) {
    const Answer answer = get(target);
    EXPECT_THAT(answer.body, testing::AnyOf(HasSubstr("<!doctype html>"), HasSubstr("not_found"))) << target;
  }
}

TEST_F(UiFilesTest, ALinkWithinTheDirectoryIsFollowed) {
  // As mounted volumes have it: every name is a link into the present version.
  write("ui/..version/robots.txt", "all");
  std::filesystem::create_symlink("..version/robots.txt", directory_ / "ui/robots.txt");
  start();
  EXPECT_EQ(get("/robots.txt").body, "all");
}

TEST_F(UiFilesTest, ValidatorsMethodsAndCompression) {
  start();
  for (const char* target : {"/", "/assets/app-1a2b.js", "/favicon.ico"}) {
    const std::string etag = get(target).header("ETag");
    const Answer same = get(target, "If-None-Match: " + etag + "\r\n");
    EXPECT_EQ(same.status, 304) << target;
    EXPECT_EQ(same.header("ETag"), etag);
    EXPECT_EQ(same.header("Cache-Control"), get(target).header("Cache-Control"));
    EXPECT_EQ(get(target, "If-None-Match: \"other\"\r\n").status, 200);
  }
  const std::string before = get("/favicon.ico").header("ETag");
  write("ui/favicon.ico", "ikon");
  EXPECT_NE(get("/favicon.ico").header("ETag"), before);

  const Answer head = call("HEAD", "/assets/app-1a2b.js");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("Content-Length"), "4017");
  const Answer packed = get("/assets/app-1a2b.js", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(packed.header("Content-Encoding"), "gzip");
  EXPECT_EQ(packed.header("Vary"), "Accept-Encoding");
  const Answer post = call("POST", "/runs/R1");
  EXPECT_EQ(post.status, 405);
  EXPECT_EQ(post.header("Allow"), "GET, HEAD");
}

TEST_F(UiFilesTest, TheClientIsPublicAndTheApiIsNot) {
  environment_["BACKTEST_API_KEY"] = "key";
  start();
  EXPECT_EQ(get("/").status, 200);
  EXPECT_EQ(get("/assets/app-1a2b.js").status, 200);
  EXPECT_EQ(get("/backtests").status, 401);
  EXPECT_EQ(get("/backtests/R1/nothing").status, 401);
}

TEST_F(UiFilesTest, HeadersLetTheClientWork) {
  environment_["BACKTEST_UI_API_BASE_URL"] = "https://api.example:8443/base?x";
  environment_["BACKTEST_UI_OIDC_AUTHORITY"] = "https://login.example/tenant";
  environment_["BACKTEST_METRICS_LISTEN"] = "127.0.0.1:0";
  start();
  const Answer index = get("/");
  EXPECT_THAT(index.header("Content-Security-Policy"),
              testing::EndsWith("connect-src 'self' https://login.example https://api.example:8443"));
  EXPECT_THAT(index.header("Content-Security-Policy"), HasSubstr("script-src 'self';"));
  EXPECT_EQ(index.header("Cross-Origin-Opener-Policy"), "same-origin-allow-popups");
  EXPECT_EQ(index.header("X-Frame-Options"), "DENY");
  LoopbackClient metrics(server_->metrics_port());
  metrics.send_request("GET", "/");
  EXPECT_EQ(metrics.read_answer().status, 404);
}

TEST_F(UiFilesTest, WithNoneThereAreNoSuchPaths) {
  environment_["BACKTEST_UI_DIST_DIR"] = "none";
  start();
  EXPECT_EQ(get("/").status, 404);
  EXPECT_EQ(get("/assets/app-1a2b.js").status, 404);
  EXPECT_EQ(call("POST", "/runs").status, 404);
}

TEST_F(UiFilesTest, ABuildThatReplacesTheDirectoryIsServed_W88) {
  start();
  std::filesystem::rename(directory_ / "ui", directory_ / "old");
  EXPECT_EQ(get("/").code(), "not_found");
  write("ui/index.html", "second");
  EXPECT_EQ(get("/").body, "second");
}

}  // namespace
}  // namespace backtest
