// The measures of bench/queue_measures.cpp for two queues on the same cluster: prints "measure figure" lines.
//   node measure.mjs graphile|boss SOCKET_DIRECTORY DATABASE LARGEST_BACKLOG
import { fork } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Logger, makeWorkerUtils, run, runMigrations } from "graphile-worker";
import pg from "pg";
import { PgBoss } from "pg-boss";

const [peer, host, database, largest] = process.argv.slice(2);
const where = { host, database, user: "postgres" };
const quiet = new Logger(() => () => {});
const now = () => Number(process.hrtime.bigint()) / 1e6; // monotonic: equal in every process
const report = (measure, figure) => console.log(`${measure} ${figure}`);
const percentile = (values, share) => values.sort((a, b) => a - b)[Math.floor(share * (values.length - 1))];

async function rate(lanes, count, work) {
  let next = 0;
  const begin = now();
  await Promise.all(Array.from({ length: lanes }, async () => {
    while (next < count) await work(next++);
  }));
  return (1000 * count) / (now() - begin);
}

// What each queue can do, in the same words.
class Graphile {
  async open() {
    this.pool = new pg.Pool({ ...where, max: 10 });
    this.pool.on("error", () => {});
    this.pool.on("connect", (client) => client.on("error", () => {}));
    await runMigrations({ pgPool: this.pool, logger: quiet });
    this.utils = await makeWorkerUtils({ pgPool: this.pool, logger: quiet });
    this.claims = [];
    // The worker times nothing itself: its statements are timed where they leave.
    const times = this.claims, query = pg.Client.prototype.query;
    pg.Client.prototype.query = function (...given) {
      const text = given[0]?.text ?? given[0];
      const answer = query.apply(this, given);
      if (typeof text === "string" && text.includes("skip locked") && answer?.then) {
        const begin = now();
        answer.then(() => times.push(now() - begin), () => {});
      }
      return answer;
    };
  }
  submit() { return this.utils.addJob("bench", {}); }
  clear() { return this.pool.query("truncate graphile_worker._private_jobs cascade"); }
  async fill(count) {
    await this.clear();
    await this.submit(); // makes the task known
    await this.clear();
    await this.pool.query("insert into graphile_worker._private_jobs (task_id, payload) " +
      "select (select id from graphile_worker._private_tasks where identifier = 'bench'), '{}' " +
      "from generate_series(1, $1::int)", [count]);
    await this.pool.query("vacuum analyze graphile_worker._private_jobs");
  }
  // One worker, one job at a time, until so many are done.
  async process(count, onStart = () => {}) {
    let left = count, over;
    const ended = new Promise((resolve) => { over = resolve; });
    const runner = await run({ pgPool: this.pool, logger: quiet, concurrency: 1, noHandleSignals: true, pollInterval: 1000,
      taskList: { bench: async () => { onStart(); if (--left === 0) over(); } } });
    await ended;
    await runner.stop();
  }
  async claimTimes(count) {
    this.claims.length = 0;
    await this.process(count);
    return this.claims;
  }
  close() { return this.pool.end(); }
}

class Boss {
  async open() {
    this.pool = new pg.Pool({ ...where, max: 2 });
    this.boss = new PgBoss({ ...where, max: 10, useListenNotify: true, supervise: false, schedule: false });
    this.boss.on("error", (error) => console.error(error));
    this.boss.on("warning", () => {});
    await this.boss.start();
    if (!(await this.boss.getQueue("bench"))) await this.boss.createQueue("bench", { notify: true });
  }
  submit() { return this.boss.send("bench", {}); }
  clear() { return this.boss.deleteAllJobs("bench"); }
  async fill(count) {
    await this.clear();
    for (let done = 0; done < count; done += 10000) {
      await this.boss.insert("bench", Array.from({ length: Math.min(10000, count - done) }, () => ({ data: {} })));
    }
    await this.pool.query("vacuum analyze");
  }
  async process(count, onStart) {
    if (onStart) { // sleeps until a hint
      let left = count, over;
      const ended = new Promise((resolve) => { over = resolve; });
      await this.boss.work("bench", { pollingIntervalSeconds: 0.5 }, async () => { onStart(); if (--left === 0) over(); });
      await ended;
      await this.boss.offWork("bench");
    } else {
      for (let i = 0; i < count; ++i) await this.claimAndComplete();
    }
  }
  async claimAndComplete() {
    const begin = now();
    const [job] = await this.boss.fetch("bench");
    const taken = now() - begin;
    await this.boss.complete("bench", job.id);
    return taken;
  }
  async claimTimes(count) {
    const times = [];
    for (let i = 0; i < count; ++i) times.push(await this.claimAndComplete());
    return times;
  }
  async close() { await this.boss.stop({ graceful: false }); await this.pool.end(); }
}

const open = async () => { const queue = peer === "graphile" ? new Graphile() : new Boss(); await queue.open(); return queue; };

// The idle worker is another process, and says when each job began.
if (process.send) {
  const queue = await open();
  await queue.process(Number(process.env.JOBS), () => process.send(now()));
  process.exit(0);
}

async function latency(queue, jobs) {
  await queue.clear();
  const worker = fork(fileURLToPath(import.meta.url), process.argv.slice(2), { env: { ...process.env, JOBS: String(jobs) } });
  await sleep(2000);
  const waits = [];
  for (let i = 0; i < jobs; ++i) {
    await sleep(25 + 20 * Math.random());
    const begun = new Promise((resolve) => worker.once("message", resolve));
    await queue.submit();
    const submitted = now();
    waits.push(Math.max(0, (await begun) - submitted));
  }
  report("start_p50", percentile(waits, 0.5));
  report("start_p99", percentile(waits, 0.99));
  await new Promise((resolve) => worker.once("exit", resolve));
}

async function costs(queue, sql, jobs) {
  const once = async (count) => {
    for (let i = 0; i < count; ++i) await queue.submit();
    await queue.process(count);
  };
  const counters = async () => {
    await sleep(1500);
    const found = await sql.query("select pg_snapshot_xmax(pg_current_snapshot())::text::float8 as writes, " +
      "(select xact_commit::float8 from pg_stat_database where datname = current_database()) as transactions, " +
      "(pg_current_wal_insert_lsn() - '0/0')::float8 as wal");
    return found.rows[0];
  };
  await queue.clear();
  await once(1000);
  const before = await counters();
  await once(jobs);
  const after = await counters();
  report("commits", (after.writes - before.writes) / jobs);
  report("round_trips", (after.transactions - before.transactions) / jobs);
  report("wal_bytes", (after.wal - before.wal) / jobs);
}

async function heldRate(queue, backlog, holder) {
  await queue.fill(backlog);
  if (holder) await holder.query("begin isolation level repeatable read; select count(*) from pg_class");
  const begin = now();
  await queue.process(backlog / 2);
  if (holder) await holder.query("rollback");
  return (1000 * backlog) / 2 / (now() - begin);
}

const queue = await open();
const sql = new pg.Client(where);
await sql.connect();
report("submit_1", await rate(1, 4000, () => queue.submit()));
report("submit_8", await rate(8, 8000, () => queue.submit()));
await costs(queue, sql, 10000);
await latency(queue, 400);
const alone = await heldRate(queue, 20000, null);
report("rate_alone", alone);
report("rate_held", await heldRate(queue, 20000, sql));
for (const backlog of [1000, 100000, 1000000].filter((size) => size <= Number(largest))) {
  await queue.fill(backlog);
  report(`claim_p99_${backlog}`, percentile(await queue.claimTimes(1000), 0.99));
}
await sql.end();
await queue.close();
process.exit(0);
