// A disk that fails in the middle of an artifact ends that answer, and nothing else.
#include <system_error>

#include "edge/http/server/service_for_tests.hpp"

namespace backtest {
namespace {

// The real store, but no more than the first bytes of an artifact can be read.
class FailingDisk final : public ArtifactStore {
 public:
  explicit FailingDisk(ArtifactStore& sound) : sound_(sound) {}

  std::expected<std::unique_ptr<ArtifactReader>, ArtifactError> open(std::string_view run_id, std::string_view prefix,
                                                                     std::string_view name,
                                                                     const ByteRange& range) override {
    auto opened = sound_.open(run_id, prefix, name, range);
    if (!opened) return opened;
    return std::make_unique<FailingReader>(std::move(*opened));
  }
  void check() override { sound_.check(); }
  std::unique_ptr<AttemptArtifacts> begin(std::string_view run_id, std::int64_t epoch,
                                          std::string_view token) override {
    return sound_.begin(run_id, epoch, token);
  }
  std::vector<ArtifactInfo> list(std::string_view run_id, std::string_view prefix) override {
    return sound_.list(run_id, prefix);
  }
  void remove_run(std::string_view run_id) override { sound_.remove_run(run_id); }
  std::vector<AttemptInfo> attempts(std::string_view run_id) override { return sound_.attempts(run_id); }
  Room room() override { return sound_.room(); }
  void put_back(std::string_view run_id, std::string_view prefix, const std::filesystem::path& from) override {
    sound_.put_back(run_id, prefix, from);
  }
  std::optional<std::string> owner() override { return sound_.owner(); }
  void set_owner(const std::string& identity) override { sound_.set_owner(identity); }
  void condemn_run(std::string_view run_id) override { sound_.condemn_run(run_id); }
  void spare_run(std::string_view run_id) override { sound_.spare_run(run_id); }
  std::vector<std::string> condemned_runs() override { return sound_.condemned_runs(); }
  void remove_attempt(std::string_view run_id, std::string_view prefix) override {
    sound_.remove_attempt(run_id, prefix);
  }
  std::vector<std::string> run_ids() override { return sound_.run_ids(); }

 private:
  class FailingReader final : public ArtifactReader {
   public:
    explicit FailingReader(std::unique_ptr<ArtifactReader> sound) : sound_(std::move(sound)) {}
    std::uint64_t size() const override { return sound_->size(); }
    std::size_t read(char* buffer, std::size_t capacity) override {
      if (done_) throw std::system_error(EIO, std::generic_category(), "read an artifact");
      done_ = true;
      return sound_->read(buffer, std::min<std::size_t>(capacity, 100));
    }

   private:
    std::unique_ptr<ArtifactReader> sound_;
    bool done_ = false;
  };

  ArtifactStore& sound_;
};

TEST_F(ServiceTest, ADiskThatFailsInAnArtifactsMiddleEndsThatAnswerOnly) {
  start();
  submit("R1");
  complete({{"trades.csv", std::string(1000, 'x')},
            {"summary.json", R"({"total_return": )" + std::string(1000, '1') + "}"}});
  FailingDisk failing(*artifacts_);
  server_ = std::make_unique<HttpServer>(settings_, *runs_, failing, hooks_);
  server_->start();
  LoopbackClient client(server_->port());
  client.send_request("GET", "/backtests/R1/artifacts/trades.csv", "X-Request-Id: cut-short\r\n");
  const std::string answer = client.read_to_end();
  EXPECT_THAT(answer, testing::HasSubstr("Content-Length: 1000\r\n"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n" + std::string(100, 'x')));  // shorter than it said: the client knows
  EXPECT_THAT(log(), testing::ContainsRegex("an artifact was not sent to its end.*cut-short"));
  EXPECT_EQ(get("/backtests/R1/summary").code(), "storage_unavailable");
  EXPECT_EQ(get("/backtests/R1/status").status, 200);
  server_.reset();
}

TEST_F(ServiceTest, AnUnreadableStoreIsNoEmptyOne) {
  environment_["BACKTEST_DB_PATH"] = (directory_ / "runs.sqlite3").string();
  start();
  submit("R1");
  complete({{"trades.csv", "execution_date,symbol\n"}, {"summary.json", "{}"}});
  const std::filesystem::path output = directory_ / "out", away = directory_ / "away";
  std::filesystem::rename(output, away);
  for (const char* target : {"/backtests/R1/artifacts", "/backtests/R1/artifacts/trades.csv",
                             "/backtests/R1/artifacts/nothing.csv", "/backtests/R1/summary", "/backtests/R1/trades"}) {
    const Answer answer = get(target);
    EXPECT_EQ(answer.status, 503) << target;
    EXPECT_EQ(answer.header("Retry-After"), "5") << target;
    EXPECT_EQ(answer.code(), "storage_unavailable") << target;
    EXPECT_THAT(answer.body, testing::Not(testing::HasSubstr(directory_.string())));
  }
  std::filesystem::rename(away, output);
  EXPECT_EQ(get("/backtests/R1/artifacts/trades.csv").status, 200);
  EXPECT_EQ(get("/backtests/R1/artifacts/nothing.csv").code(), "artifact_not_found");
}

}  // namespace
}  // namespace backtest
