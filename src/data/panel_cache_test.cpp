// The cache gives what loading gives, notices changed files, keeps to its limit and survives damage.
#include "data/panel_cache.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "data/temporary_files_for_tests.hpp"

namespace backtest {
namespace {

namespace fs = std::filesystem;

class PanelCache : public ::testing::Test {
 protected:
  PanelCache() {
    request.price_path = files.write(
        "p.csv", "date,symbol,open,close,extra\n2024-01-02,A,1,2,3\n2024-01-03,A,2,inf,4\n2024-01-03,B,5,6,7\n");
    request.signal_path = files.write("s.csv", "date,symbol,score\n2024-01-02,A,0.5\n");
    request.signal_columns = {"score"};
    request.extra_price_columns = {"extra"};
    request.symbols = {"A", "B", "GONE"};
    request.start_date = make_date(2024, 1, 1);
    request.end_date = make_date(2024, 12, 31);
    request.target_paths = {files.write("t.csv", "date,symbol,weight\n2024-01-03,B,0.25\n")};
    request.benchmark_symbol = "A";
  }
  std::vector<fs::path> panels() const {
    std::vector<fs::path> found;
    for (const fs::directory_entry& entry : fs::directory_iterator(cache)) {
      if (entry.path().extension() == ".panel") found.push_back(entry.path());
    }
    return found;
  }
  static void expect_equal(const LoadedData& a, const LoadedData& b) {
    const auto bits = [](std::span<const double> values) {
      std::vector<std::uint64_t> words;
      for (const double value : values) words.push_back(std::bit_cast<std::uint64_t>(value));
      return words;
    };
    EXPECT_EQ(a.fingerprint, b.fingerprint);
    EXPECT_EQ(a.warnings, b.warnings);
    EXPECT_EQ(a.market.prices.dates, b.market.prices.dates);
    EXPECT_EQ(a.market.prices.instruments, b.market.prices.instruments);
    EXPECT_EQ(bits(a.market.prices.open), bits(b.market.prices.open));
    EXPECT_EQ(bits(a.market.prices.close), bits(b.market.prices.close));
    EXPECT_EQ(bits(a.market.prices.extra_values.at(0)), bits(b.market.prices.extra_values.at(0)));
    EXPECT_EQ(bits(a.market.signals->values.at(0)), bits(b.market.signals->values.at(0)));
    EXPECT_EQ(bits(a.market.benchmark_close), bits(b.market.benchmark_close));
    EXPECT_EQ(a.market.targets.at(0).decisions.at(0).weights, b.market.targets.at(0).decisions.at(0).weights);
  }

  TemporaryFiles files;
  fs::path cache = files.directory() / "cache";
  LoadRequest request;
};

TEST_F(PanelCache, GivesWhatLoadingGives) {
  const LoadedData loaded = load_market_data(request);
  expect_equal(load_market_data_cached(request, cache), loaded);
  ASSERT_EQ(panels().size(), 1U);
  const auto written = fs::status(panels()[0]);
  expect_equal(load_market_data_cached(request, cache), loaded);
  EXPECT_EQ(panels().size(), 1U);
  EXPECT_EQ(written.permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(PanelCache, AChangedFileOrRequestIsAnotherPanel) {
  const std::string before = load_market_data_cached(request, cache).fingerprint;
  files.write("s.csv", "date,symbol,score\n2024-01-02,A,0.75\n");
  const LoadedData after = load_market_data_cached(request, cache);
  EXPECT_NE(after.fingerprint, before);
  request.end_date = make_date(2024, 1, 2);
  request.target_paths.clear();
  EXPECT_NE(load_market_data_cached(request, cache).fingerprint, after.fingerprint);
  EXPECT_EQ(panels().size(), 3U);
}

TEST_F(PanelCache, DamageIsNoticedAndMended) {
  const LoadedData loaded = load_market_data_cached(request, cache);
  for (const std::size_t at : {std::size_t{0}, std::size_t{100}, std::size_t{300}}) {
    std::fstream file(panels().at(0), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(at));
    file.put('\xFF');
    file.close();
    expect_equal(load_market_data_cached(request, cache), loaded);
  }
  fs::resize_file(panels().at(0), fs::file_size(panels().at(0)) - 4096);
  expect_equal(load_market_data_cached(request, cache), loaded);
  fs::resize_file(panels().at(0), 10);
  expect_equal(load_market_data_cached(request, cache), loaded);
}

TEST_F(PanelCache, KeepsToItsLimit) {
  const LoadedData first = load_market_data_cached(request, cache);
  const std::uint64_t size_bytes = fs::file_size(panels().at(0));
  for (int day = 10; day < 15; ++day) {
    request.end_date = make_date(2024, 6, day);
    load_market_data_cached(request, cache, 2 * size_bytes + 100);
  }
  EXPECT_EQ(panels().size(), 2U);
  EXPECT_EQ(first.market.prices.close[0], 2.0);  // removed, and still mapped here
  request.end_date = make_date(2024, 7, 1);
  load_market_data_cached(request, cache, 10);  // larger than the limit: not kept, and the others give way to it
  EXPECT_EQ(panels().size(), 0U);
}

TEST_F(PanelCache, AHitOwesTheCallersCheckToo) {  // SEC-4
  load_market_data_cached(request, cache);
  request.sources = local_sources([](const std::string& path) -> int {
    throw InvalidInput(Diagnostic{.file = path, .message = "is not allowed"});
  });
  EXPECT_THROW(load_market_data_cached(request, cache), InvalidInput);
}

TEST_F(PanelCache, AnUnusableDirectoryIsPassedBy) {
  const std::string no_directory = files.write("file", "x");
  expect_equal(load_market_data_cached(request, no_directory), load_market_data(request));
}

TEST_F(PanelCache, ManyProcessesAtOnce) {
  const std::string expected = load_market_data(request).fingerprint;
  std::vector<pid_t> children;
  for (int child = 0; child < 8; ++child) {
    const pid_t pid = fork();
    if (pid == 0) _exit(load_market_data_cached(request, cache).fingerprint == expected ? 0 : 1);
    children.push_back(pid);
  }
  for (const pid_t pid : children) {
    int status = -1;
    waitpid(pid, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(panels().size(), 1U);
}

}  // namespace
}  // namespace backtest
