// The run queue on PostgreSQL beside graphile-worker and pg-boss, on one cluster that this program starts and stops, in
// one run. Read the ratios.
//
//   queue_bench [--node NODE] [--no-fsync] [--quick]
//
// --node runs the peers (bench/peers, whose packages `./dev bench queue` installs); --no-fsync leaves the disk out;
// --quick leaves out the backlog of a million.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string_view>

#include "postgres/private_cluster_for_tests.hpp"
#include "queue_measures.hpp"
#include "run_store/postgres/migrate.hpp"

namespace backtest {
namespace {

struct Row {
  const char* title;
  const char* measure;
  int decimals;
  const char* target;
};

constexpr Row rows[] = {
    {"submissions a second, 1 connection", "submit_1", 0, ""},
    {"submissions a second, 8 connections", "submit_8", 0, ""},
    {"  over bare inserts, 8 connections", "submit_ratio", 2, ">= 0.34"},
    {"claims a second, one by one", "claim_1", 0, ""},
    {"claims a second, eight at once", "claim_8", 0, ""},
    {"completions a second, one by one", "complete_1", 0, ""},
    {"submitted to claimed, idle worker, p50 ms", "start_p50", 2, "<= 2"},
    {"submitted to claimed, idle worker, p99 ms", "start_p99", 2, "<= 5"},
    {"writing commits a run", "commits", 2, "<= 3"},
    {"transactions a run, reading ones too", "round_trips", 2, ""},
    {"WAL bytes a run, without page images", "wal_bytes", 0, "<= 1500"},
    {"WAL bytes a renewal", "renewal_bytes", 0, "<= 100"},
    {"HOT share of renewals, %", "renewal_hot", 1, ">= 99"},
    {"runs a second, one worker", "rate_alone", 0, ""},
    {"  with a snapshot held, over that", "held_ratio", 2, ">= 0.8"},
    {"claim p99 ms, 1,000 queued", "claim_p99_1000", 2, ""},
    {"claim p99 ms, 100,000 queued", "claim_p99_100000", 2, ""},
    {"claim p99 ms, 1,000,000 queued", "claim_p99_1000000", 2, ""},
    {"  1,000,000 over 1,000", "backlog_ratio", 2, "<= 1.3"},
};

void add_ratios(Figures& figures, double bare) {
  const auto ratio = [&](const char* name, const char* of, double to) {
    if (figures.contains(of) && to > 0) figures[name] = figures[of] / to;
  };
  ratio("submit_ratio", "submit_8", bare);
  ratio("held_ratio", "rate_held", figures["rate_alone"]);
  ratio("backlog_ratio", "claim_p99_1000000", figures["claim_p99_1000"]);
}

// "measure figure" a line.
Figures measure_peer(const std::string& node, const std::string& peer, const std::filesystem::path& socket,
                     const std::string& database, bool is_quick) {
  const std::string command = fmt::format("{} bench/peers/measure.mjs {} {} {} {}", node, peer, socket.string(),
                                          database, is_quick ? 100'000 : 1'000'000);
  Figures figures;
  FILE* pipe = popen(command.c_str(), "r");
  char name[64];
  double figure = 0.0;
  while (pipe && std::fscanf(pipe, "%63s %lf", name, &figure) == 2) figures[name] = figure;
  if (!pipe || pclose(pipe) != 0) fmt::print(stderr, "{} ended early\n", peer);
  return figures;
}

std::string cell(const Figures& figures, const Row& row) {
  const auto found = figures.find(row.measure);
  return found == figures.end() ? "-" : fmt::format("{:.{}f}", found->second, row.decimals);
}

void print_table(const Figures& ours, const Figures& graphile, const Figures& boss) {
  fmt::print("{:<44} {:>10} {:>10} {:>16} {:>10}\n", "", "backtest", "to reach", "graphile-worker", "pg-boss");
  for (const Row& row : rows) {
    fmt::print("{:<44} {:>10} {:>10} {:>16} {:>10}\n", row.title, cell(ours, row), row.target, cell(graphile, row),
               cell(boss, row));
  }
}

int bench(const std::string& node, bool is_durable, bool is_quick) {
  // Page images are those of the last checkpoint, not of the queue: they are switched off.
  PrivateCluster cluster(std::string(is_durable ? "" : "-c fsync=off ") + "-c full_page_writes=off -c max_wal_size=4GB",
                         std::filesystem::temp_directory_path());
  const Secret dsn(cluster.dsn(cluster.create_database()));
  std::ostringstream out;
  if (migrate_command(dsn, {"up"}, out, out) != 0) {
    fmt::print(stderr, "{}", out.str());
    return 1;
  }
  QueueBenchPlan plan;
  if (is_quick) plan.backlogs.pop_back();
  Figures ours = measure_queue(dsn, plan), graphile, boss;
  if (!node.empty()) {
    graphile = measure_peer(node, "graphile", cluster.directory(), cluster.create_database(), is_quick);
    boss = measure_peer(node, "boss", cluster.directory(), cluster.create_database(), is_quick);
  }
  const double bare = ours["bare_8"];
  for (Figures* figures : {&ours, &graphile, &boss}) add_ratios(*figures, bare);
  fmt::print("{} commits; bare inserts a second, 8 connections: {:.0f}\n\n", is_durable ? "durable" : "volatile", bare);
  print_table(ours, graphile, boss);
  return 0;
}

}  // namespace
}  // namespace backtest

int main(int argc, char** argv) {
  std::string node;
  bool is_durable = true, is_quick = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--node" && i + 1 < argc) {
      node = argv[++i];
    } else if (argument == "--no-fsync") {
      is_durable = false;
    } else if (argument == "--quick") {
      is_quick = true;
    } else {
      fmt::print(stderr, "usage: queue_bench [--node NODE] [--no-fsync] [--quick]\n");
      return 2;
    }
  }
  return backtest::bench(node, is_durable, is_quick);
}
