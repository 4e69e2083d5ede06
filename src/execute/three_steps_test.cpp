// Loading, simulating and reporting as calls of their own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "data/panel_handover.hpp"
#include "data/temporary_files_for_tests.hpp"
#include "execute/execute.hpp"

namespace backtest {
namespace {

class ThreeSteps : public ::testing::Test {
 protected:
  ThreeSteps() {
    std::string csv = "date,symbol,open,close\n";
    for (int day = 1; day <= 28; ++day) {
      const std::string date = "2024-02-" + std::string(day < 10 ? "0" : "") + std::to_string(day);
      csv += date + ",A," + std::to_string(10 + day % 5) + "," + std::to_string(10 + day % 4) + "\n";
      csv += date + ",B," + std::to_string(20 + day % 3) + "," + std::to_string(20 + day % 7) + "\n";
    }
    files.write("prices.csv", csv);
  }

  Spec spec(double commission) const {
    return parse_spec("start_date: 2024-02-01\nend_date: 2024-02-28\ninitial_cash: 1000\ndata: {price_path: " +
                          files.path("prices.csv") +
                          "}\nuniverse: {symbols: [A, B]}\nstrategy: {class: StaticUniverseStrategy, parameters: "
                          "{rebalance: daily}}\n"
                          "broker: {commission: " +
                          std::to_string(commission) + "}\n",
                      "c.yaml");
  }

  SimulatedRun simulated(const Spec& wanted, const MarketData& market) const {
    SimulatedRun run;
    simulate_run(wanted.policy, market, {}, run);
    return run;
  }

  ExecuteResult executed(const Spec& wanted, const char* name) const {
    ExecuteRequest request;
    request.report = {.run_id = "r", .directory = files.directory() / name, .submitted_at = "2024-03-01T00:00:00Z"};
    std::filesystem::create_directory(request.report.directory);
    return execute_run(wanted, request);
  }

  TemporaryFiles files;
};

TEST_F(ThreeSteps, ARunStaysInMemory) {
  const LoadedData loaded = load_run(spec(0.001));
  std::filesystem::remove(files.path("prices.csv"));
  const SimulatedRun run = simulated(spec(0.001), loaded.market);
  EXPECT_EQ(run.summary.initial_cash, 1000.0);
  EXPECT_EQ(run.summary.final_nav, run.result.bars.back().nav);
  EXPECT_GT(run.summary.fill_count, 0u);
  EXPECT_TRUE(std::filesystem::is_empty(files.directory()));
}

TEST_F(ThreeSteps, TheStepsAreTheWhole) {
  const ExecuteResult whole = executed(spec(0.002), "whole");
  const Spec wanted = spec(0.002);
  const LoadedData loaded = load_run(wanted);
  const SimulatedRun run = simulated(wanted, loaded.market);
  EXPECT_EQ(run.summary.final_nav, whole.summary.final_nav);
  EXPECT_EQ(run.summary.sharpe_ratio, whole.summary.sharpe_ratio);
  const std::filesystem::path directory = files.directory() / "steps";
  std::filesystem::create_directory(directory);
  const Report report = report_run(wanted, loaded, run, {.run_id = "r", .directory = directory, .submitted_at = ""});
  EXPECT_EQ(report.result_sha256, whole.report.result_sha256);
  EXPECT_EQ(report.summary, whole.report.summary);
  EXPECT_TRUE(std::filesystem::exists(directory / "summary.json"));
}

TEST_F(ThreeSteps, ManyPoliciesRunOverOnePanel) {
  const LoadedData loaded = load_run(spec(0.0));
  constexpr std::size_t policies = 8;
  std::vector<double> final_navs(policies);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < policies; ++i) {
      threads.emplace_back(
          [&, i] { final_navs[i] = simulated(spec(0.001 * static_cast<double>(i)), loaded.market).summary.final_nav; });
    }
  }
  for (std::size_t i = 0; i < policies; ++i) {
    const Spec wanted = spec(0.001 * static_cast<double>(i));
    EXPECT_EQ(final_navs[i], simulated(wanted, load_run(wanted).market).summary.final_nav) << i;
    if (i > 0) EXPECT_LT(final_navs[i], final_navs[i - 1]);
  }
}

// The NAV of each date in the artifacts.
std::map<std::string, double> navs_of(const std::filesystem::path& directory) {
  std::ifstream file(directory / "daily_metrics.csv");
  std::map<std::string, double> navs;
  std::string header, line;
  std::getline(file, header);
  EXPECT_TRUE(header.starts_with("date,portfolio_value,")) << header;
  while (std::getline(file, line)) navs[line.substr(0, 10)] = std::stod(line.substr(11));
  return navs;
}

TEST_F(ThreeSteps, ProgressTellsTheNavThatTheArtifactsHaveAtItsDate) {
  std::vector<Progress> told;
  ExecuteRequest request;
  request.report = {.run_id = "r", .directory = files.directory() / "told", .submitted_at = "2024-03-01T00:00:00Z"};
  request.on_progress = [&](const Progress& at) { told.push_back(at); };
  std::filesystem::create_directory(request.report.directory);
  execute_run(spec(0.001), request);
  const auto navs = navs_of(request.report.directory);
  ASSERT_EQ(navs.size(), 28u);
  EXPECT_NE(navs.begin()->second, navs.rbegin()->second) << "a NAV of another date would not be told apart";
  std::size_t told_navs = 0;
  for (const Progress& at : told) {
    EXPECT_EQ(at.nav.has_value(), at.bars_done > 0) << "nothing before the first bar";
    if (!at.nav) continue;
    EXPECT_EQ(*at.nav, navs.at(to_text(*at.date))) << to_text(*at.date);
    ++told_navs;
  }
  EXPECT_GE(told_navs, 2u) << "of the first and of the last bar";
}

TEST_F(ThreeSteps, AStopEndsTheSimulation) {
  const LoadedData loaded = load_run(spec(0.0));
  SimulatedRun run;
  EXPECT_THROW(simulate_run(spec(0.0).policy, loaded.market,
                            {.simulation = {}, .on_progress = {}, .stop_requested = [] { return true; }}, run),
               Interrupted);
}

// Sends or takes one descriptor over a socket.
struct Parcel {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  Parcel() {
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
  }
};

bool send_descriptor(int socket, int descriptor) {
  Parcel parcel;
  cmsghdr* const header = CMSG_FIRSTHDR(&parcel.message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof descriptor);
  std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  return sendmsg(socket, &parcel.message, 0) == 1;
}

int receive_descriptor(int socket) {
  Parcel parcel;
  if (recvmsg(socket, &parcel.message, 0) != 1) return -1;
  const cmsghdr* const header = CMSG_FIRSTHDR(&parcel.message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return -1;
  int descriptor = -1;
  std::memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
  return descriptor;
}

TEST_F(ThreeSteps, OneProcessLoadsAnotherSimulates) {
  const Spec wanted = spec(0.001);
  int sockets[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
  const pid_t loader = fork();
  ASSERT_GE(loader, 0);
  if (loader == 0) {
    close(sockets[0]);
    _exit(send_descriptor(sockets[1], hand_over(load_run(wanted))) ? 0 : 1);
  }
  close(sockets[1]);
  const int descriptor = receive_descriptor(sockets[0]);
  close(sockets[0]);
  int status = 0;
  ASSERT_EQ(waitpid(loader, &status, 0), loader);
  ASSERT_EQ(status, 0);
  const LoadedData taken = take_over(descriptor);
  close(descriptor);  // the mapping stays

  const LoadedData loaded = load_run(wanted);
  EXPECT_EQ(taken.fingerprint, loaded.fingerprint);
  EXPECT_EQ(simulated(wanted, taken.market).summary.final_nav, simulated(wanted, loaded.market).summary.final_nav);
}

TEST_F(ThreeSteps, OnlyWhatWasHandedOverIsTaken) {
  const int sealed = hand_over(load_run(spec(0.0)));
  EXPECT_LT(ftruncate(sealed, 100), 0);
  EXPECT_LT(pwrite(sealed, "x", 1, 0), 0);
  close(sealed);
  std::FILE* const other = std::fopen(files.path("prices.csv").c_str(), "r");
  EXPECT_THROW(take_over(fileno(other)), InvalidInput);
  std::fclose(other);
  EXPECT_THROW(take_over(-1), InvalidInput);
}

}  // namespace
}  // namespace backtest
