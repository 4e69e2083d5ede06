#include "queue_measures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <random>
#include <thread>

#include "base/random_id.hpp"
#include "run_store/postgres/postgres_run_store.hpp"
#include "run_store/postgres/queue_listener.hpp"
#include "run_store/postgres/queue_notifier.hpp"

namespace backtest {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double ms_between(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double, std::milli>(end - begin).count();
}

double percentile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  return values.empty() ? 0.0 : values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

Submission new_submission() {
  Submission submission;
  submission.record.run_id = "RUN20240131-" + random_hex(16);
  submission.record.output_dir = submission.record.run_id;
  submission.record.submitter = "anna";
  submission.record.run_name = "momentum";
  submission.record.start_date = "2015-01-01";
  submission.record.end_date = "2024-12-31";
  submission.record.config_json = "{}";
  submission.record.effective_config_json = "{}";
  submission.record.config_sha256 = std::string(64, 'a');
  return submission;
}

ClaimRequest claim_of(int limit) {
  return {.worker_id = "0f8fad5b-d9cb-469f-a165-70867728950e", .limit = limit};
}

void complete(PostgresRunStore& store, const Lease& lease) {
  const Completion completion{
      .artifacts = {fmt::format("attempts/{}-{}", lease.epoch, lease.token), std::string(64, 'c')},
      .numbers = {.total_return = 0.5, .sharpe_ratio = 1.25, .max_drawdown = -0.25, .trades = 1000}};
  if (!store.complete(lease, completion)) std::abort();
}

// `work(i)` for i in 0..count-1 on that many threads; calls a second.
double rate(int threads, int count, const std::function<void(int)>& work) {
  std::atomic<int> next{0};
  const auto begin = Clock::now();
  {
    std::vector<std::jthread> pool;
    for (int thread = 0; thread < threads; ++thread) {
      pool.emplace_back([&] {
        for (int i = next++; i < count; i = next++) work(i);
      });
    }
  }
  return count / seconds_since(begin);
}

class QueueBench {
 public:
  explicit QueueBench(const Secret& dsn) : dsn_(dsn), target_(dsn), sql_(target_, patient), store_(dsn) {}

  Figures measure(const QueueBenchPlan& plan) {
    rates();
    costs(plan.cost_runs);
    renewals();
    latency(plan.latency_runs);
    const double alone = held_rate(plan.held_backlog, false);
    figures_["rate_alone"] = alone;
    figures_["rate_held"] = held_rate(plan.held_backlog, true);
    for (const int backlog : plan.backlogs) figures_[fmt::format("claim_p99_{}", backlog)] = claim_p99(backlog);
    return figures_;
  }

 private:
  static constexpr PostgresTimeouts patient{.connect = std::chrono::seconds(5), .statement = std::chrono::minutes(10)};

  std::int64_t number(const std::string& sql) { return sql_.run(sql).integer(0, 0); }
  void clear() {
    sql_.run(
        "truncate backtest.runs, backtest.run_queue, backtest.run_leases, backtest.run_attempts, backtest.run_log");
  }

  // By SQL, through the same trigger as any submission.
  void fill(int backlog) {
    clear();
    sql_.run(
        "insert into backtest.runs (run_id, status, submitter, available_at, config_json, effective_config_json) "
        "select 'RUN20240131-' || lpad(to_hex(i), 16, '0'), 'queued', 'anna', now() - interval '1 hour' + "
        "i * interval '1 millisecond', '{}', '{}' from generate_series(1, $1::int) i",
        {std::to_string(backlog)});
    sql_.run("vacuum analyze backtest.runs");
    sql_.run("vacuum analyze backtest.run_queue");
    sql_.run("checkpoint");
  }

  void rates() {
    constexpr int count = 8'000;
    clear();
    PostgresRunStore own(dsn_);  // its sessions' statistics arrive at their end, not in the middle of the next measure
    figures_["submit_1"] = rate(1, count / 2, [&](int) { own.submit(new_submission(), {.queue_limit = 0}); });
    figures_["submit_8"] = rate(8, count, [&](int) { own.submit(new_submission(), {.queue_limit = 0}); });
    sql_.run("create table public.bare (id text primary key, config text not null, at timestamptz default now())");
    PostgresPool pool(target_, {});
    figures_["bare_8"] = rate(8, count, [&](int) {
      pool.take()->run("insert into public.bare (id, config) values ($1, '{}')", {random_hex(24)});
    });
    sql_.run("drop table public.bare");
    std::vector<Lease> leases;
    const auto claim = [&](int limit, int runs) {
      const auto begin = Clock::now();
      for (int claimed = 0; claimed < runs;) {
        for (const ClaimedRun& run : own.claim(claim_of(limit))) leases.push_back(run.lease), ++claimed;
      }
      return runs / seconds_since(begin);
    };
    figures_["claim_1"] = claim(1, 2'000);
    figures_["claim_8"] = claim(8, 4'000);
    figures_["complete_1"] = rate(1, 2'000, [&](int i) { complete(own, leases[static_cast<std::size_t>(i)]); });
  }

  // The statistics of other sessions arrive when they end or pause.
  std::int64_t transactions() {
    sql_.run("select pg_sleep(1.2)");
    sql_.run("select pg_stat_clear_snapshot()");
    return number("select xact_commit from pg_stat_database where datname = current_database()");
  }

  struct Cost {
    double commits, round_trips, wal_bytes;
  };
  Cost cost_of(int runs) {
    const auto process = [&](int count) {
      PostgresRunStore own(dsn_);
      for (int i = 0; i < count; ++i) own.submit(new_submission(), {.queue_limit = 10'000'000});
      for (int i = 0; i < count; ++i) complete(own, own.claim(claim_of(1)).at(0).lease);
    };
    process(1'000);  // warm-up: plans, pages, free space
    const std::int64_t transactions_before = transactions();
    const std::int64_t writes_before = number("select pg_snapshot_xmax(pg_current_snapshot())::text::bigint");
    const std::string from = sql_.run("select pg_current_wal_insert_lsn()").optional_text(0, 0).value();
    process(runs);
    const std::string to = sql_.run("select pg_current_wal_insert_lsn()").optional_text(0, 0).value();
    const double count = runs;
    return {
        static_cast<double>(number("select pg_snapshot_xmax(pg_current_snapshot())::text::bigint") - writes_before) /
            count,
        static_cast<double>(transactions() - transactions_before) / count,
        static_cast<double>(sql_.run("select ($2::pg_lsn - $1::pg_lsn)::bigint", {from, to}).integer(0, 0)) / count};
  }

  void costs(int runs) {
    clear();
    const Cost cost = cost_of(runs);
    figures_["commits"] = cost.commits;
    figures_["round_trips"] = cost.round_trips;
    figures_["wal_bytes"] = cost.wal_bytes;
  }

  void renewals() {
    constexpr int leases = 16, rounds = 500;
    fill(leases);
    std::vector<Renewal> renewals;
    {
      PostgresRunStore own(dsn_);
      for (int i = 0; i < leases; ++i) {
        renewals.push_back({own.claim(claim_of(1)).at(0).lease, AttemptProgress{0.5, "2020-01-31", 1e6, 1e6}});
      }
      for (int i = 0; i < 20; ++i) own.renew(renewals, std::chrono::seconds(30));
      const std::string from = sql_.run("select pg_current_wal_insert_lsn()").optional_text(0, 0).value();
      for (int i = 0; i < rounds; ++i) own.renew(renewals, std::chrono::seconds(30));
      const auto bytes = sql_.run("select (pg_current_wal_insert_lsn() - $1::pg_lsn)::bigint", {from}).integer(0, 0);
      figures_["renewal_bytes"] = static_cast<double>(bytes) / (leases * rounds);
    }
    sql_.run("select pg_sleep(1.2)");
    const auto rows = sql_.run(
        "select n_tup_hot_upd, n_tup_upd from pg_stat_all_tables where relid = 'backtest.run_leases'::regclass");
    figures_["renewal_hot"] = 100.0 * rows.real(0, 0) / std::max(1.0, rows.real(0, 1));
  }

  // From the return of submit() in one process's store to that of claim() in another's, which sleeps until a hint.
  void latency(int runs) {
    clear();
    PostgresRunStore worker_store(dsn_);
    QueueNotifier notifier{ConnectionString(dsn_)};
    std::mutex mutex;
    std::condition_variable_any changed;
    int hints = 0;
    std::atomic<Clock::time_point> claimed_at{};
    QueueListener listener(ConnectionString(dsn_), [&] {
      {
        const std::lock_guard lock(mutex);
        ++hints;
      }
      changed.notify_one();
    });
    std::jthread worker([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        {
          std::unique_lock lock(mutex);
          changed.wait_for(lock, stop, std::chrono::seconds(1), [&] { return hints > 0; });
          hints = 0;
        }
        const auto claimed = worker_store.claim(claim_of(1));
        if (claimed.empty()) continue;
        claimed_at = Clock::now();
        complete(worker_store, claimed[0].lease);
      }
    });
    std::vector<double> waits;
    std::minstd_rand random(1);
    for (int i = 0; i < runs; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(std::uniform_int_distribution(25, 45)(random)));
      claimed_at = Clock::time_point{};
      store_.submit(new_submission(), {.queue_limit = 10'000});
      const auto submitted_at = Clock::now();
      notifier.announce();
      while (claimed_at.load() == Clock::time_point{}) std::this_thread::sleep_for(std::chrono::microseconds(100));
      waits.push_back(std::max(0.0, ms_between(submitted_at, claimed_at)));
    }
    figures_["start_p50"] = percentile(waits, 0.5);
    figures_["start_p99"] = percentile(waits, 0.99);
  }

  // Claims and completions a second in front of a backlog.
  double held_rate(int backlog, bool is_held) {
    fill(backlog);
    PostgresConnection holder(target_, {});
    if (is_held) {
      holder.run("begin isolation level repeatable read");
      holder.run("select count(*) from backtest.run_queue");
    }
    PostgresRunStore own(dsn_);
    const int runs = backlog / 2;
    return rate(1, runs, [&](int) { complete(own, own.claim(claim_of(1)).at(0).lease); });
  }

  double claim_p99(int backlog) {
    fill(backlog);
    PostgresRunStore own(dsn_);
    std::vector<double> times;
    for (int i = 0; i < 1'000; ++i) {
      const auto begin = Clock::now();
      const auto claimed = own.claim(claim_of(1));
      times.push_back(ms_between(begin, Clock::now()));
      complete(own, claimed.at(0).lease);
    }
    return percentile(times, 0.99);
  }

  const Secret dsn_;
  const ConnectionString target_;
  PostgresConnection sql_;
  PostgresRunStore store_;
  Figures figures_;
};

}  // namespace

Figures measure_queue(const Secret& dsn, const QueueBenchPlan& plan) {
  return QueueBench(dsn).measure(plan);
}

}  // namespace backtest
