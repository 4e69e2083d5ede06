// Tests only: the real server over the real embedded store and local artifacts, in a directory of its own.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <mutex>

#include "artifact_store/local/local_artifact_store.hpp"
#include "base/log.hpp"
#include "edge/http/server/http_server.hpp"
#include "edge/http/server/loopback_client_for_tests.hpp"
#include "run_store/sqlite/sqlite_run_store.hpp"
#include "settings/parse_settings.hpp"

namespace backtest {

class ServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/backtest-http-XXXXXX";
    directory_ = mkdtemp(name);
    std::filesystem::create_directories(directory_ / "data");
    std::ofstream(directory_ / "data/prices.csv") << "date,symbol,open,close\n2024-01-02,A,10,10\n";
    environment_ = {{"BACKTEST_OUTPUT_DIR", (directory_ / "out").string()},
                    {"BACKTEST_LISTEN", "127.0.0.1:0"},
                    {"BACKTEST_ALLOW_LOCAL_DATA", "true"},
                    {"BACKTEST_ALLOWED_DATA_DIRS", (directory_ / "data").string()},
                    {"BACKTEST_MIN_FREE_DISK_MB", "0"}};
    set_log_sink([this](std::string_view line) {
      const std::lock_guard lock(log_mutex_);
      log_ += line;
    });
  }

  void TearDown() override {
    server_.reset();
    runs_.reset();
    set_log_sink({});
    std::filesystem::remove_all(directory_);
  }

  void start() {
    settings_ = parse_settings(environment_, Role::serve);
    if (adjust_limits_) adjust_limits_(settings_.http);
    std::filesystem::create_directories(settings_.output_dir);
    runs_ = make_sqlite_run_store(settings_.db_path);
    runs_->open();
    artifacts_ = make_local_artifact_store(settings_.output_dir);
    server_ = std::make_unique<HttpServer>(settings_, *runs_, *artifacts_, hooks_);
    server_->start();
  }

  Answer call(std::string_view method, std::string_view target, std::string_view headers = "",
              std::string_view body = "") {
    LoopbackClient client(server_->port());
    client.send_request(method, target, headers, body);
    return client.read_answer(method != "HEAD");
  }
  Answer get(std::string_view target, std::string_view headers = "") { return call("GET", target, headers); }
  Answer post(std::string_view target, std::string_view body, std::string_view headers = "") {
    return call("POST", target, "Content-Type: application/json\r\n" + std::string(headers), body);
  }

  std::string config() const {
    return R"({"run_name":"first","start_date":"2024-01-01","end_date":"2024-06-30","initial_cash":100000,)"
           R"("universe":{"symbols":["A"]},"data":{"price_source":"local","price_path":")" +
           (directory_ / "data/prices.csv").string() +
           R"("},"strategy":{"class":"BuyAndHoldStrategy"},"sizing":{"class":"EqualWeightSizer"}})";
  }
  std::string submission(std::string_view run_id) const {
    return "{\"run_id\":\"" + std::string(run_id) + "\",\"config\":" + config() + "}";
  }
  void submit(std::string_view run_id) {
    const Answer answer = post("/backtests", submission(run_id));
    ASSERT_EQ(answer.status, 202) << answer.body;
  }

  ClaimedRun claim() {
    const auto claimed = runs_->claim({.worker_id = "test", .limit = 1});
    if (claimed.empty()) throw std::runtime_error("nothing to claim");
    return claimed.front();
  }
  // Runs the oldest queued run by hand: its files, then the one write that makes them visible.
  void complete(const std::vector<std::pair<std::string, std::string>>& files) {
    const ClaimedRun run = claim();
    const auto attempt = artifacts_->begin(run.lease.run_id, run.lease.epoch, run.lease.token);
    for (const auto& [name, text] : files) {
      const std::filesystem::path path = attempt->directory() / name;
      std::filesystem::create_directories(path.parent_path());
      std::ofstream(path, std::ios::binary) << text;
    }
    const SealedArtifacts sealed = attempt->seal("2024-01-01T00:00:00+00:00");
    Completion completion;
    completion.artifacts = {.prefix = sealed.prefix, .manifest_sha256 = sealed.manifest_sha256};
    completion.numbers.total_return = 0.25;
    ASSERT_TRUE(runs_->complete(run.lease, completion).has_value());
  }

  std::string log() {
    const std::lock_guard lock(log_mutex_);
    return log_;
  }

  std::filesystem::path directory_;
  Environment environment_;
  std::function<void(HttpLimits&)> adjust_limits_;
  HttpHooks hooks_;
  Settings settings_;
  std::unique_ptr<RunStore> runs_;
  std::unique_ptr<ArtifactStore> artifacts_;
  std::unique_ptr<HttpServer> server_;

 private:
  std::mutex log_mutex_;
  std::string log_;
};

}  // namespace backtest
