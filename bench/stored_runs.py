"""Stores that are filled by SQL with as many runs as wanted, which have ended or wait, for benchmarks."""
import contextlib
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from postgres_cluster import Cluster  # noqa: E402
from replicas import children_of  # noqa: E402
from service import Service  # noqa: E402

# What a run of number i is: nine of ten are completed, ten submitters share all but a few, a third has a tag.
ENDED = """
  'RUN20240131-' || {hash} as run_id,
  case when i % 20 = 0 then 'failed' when i % 50 = 1 then 'cancelled' else 'completed' end as status,
  'momentum ' || (i % 1000) as run_name,
  case when i % 10000 = 7 then 'rare' else 'user' || (i / 7 % 10) end as submitter,
  case when i % 5000 = 3 then 'Rare' when i % 4 = 0 then 'TopN' else 'Momentum' end as strategy,
  case when i % 3 = 0 then '["live"]' when i % 997 = 0 then '["review"]' end as tags"""

ENDED_SQLITE = """
insert into run_records (run_id, status, submitted_at, started_at, completed_at, run_name, start_date, end_date,
    output_dir, config_sha256, submitter, strategy, tags, priority, revision, attempts, total_return, sharpe_ratio,
    max_drawdown, final_equity, trades, progress)
  with recursive numbers (i) as (select 1 union all select i + 1 from numbers where i < {runs}),
    shared as (select i, {shared} from numbers)
  select run_id, status, {now} - ({runs} - i) * 30000000, {now} - ({runs} - i) * 30000000 + 1000,
    {now} - ({runs} - i) * 30000000 + 2000, run_name, '2015-01-01', '2024-12-31', run_id, hex(randomblob(32)), submitter,
    strategy, tags, 0, 3, 1, iif(status = 'completed', (i * 7919 % 100003) / 50000.0 - 0.5, null),
    iif(status = 'completed', (i * 104729 % 100019) / 25000.0 - 1, null),
    iif(status = 'completed', -(i * 1299709 % 100043) / 100050.0, null), 1e6, 100, 1 from shared;
insert into run_configs (run, config_json, effective_config_json) select id, '{{}}', '{{}}' from run_records;
"""

ENDED_POSTGRES = """
insert into backtest.runs (run_id, status, submitted_at, started_at, completed_at, run_name, start_date, end_date,
    config_json, effective_config_json, config_digest, submitter, ended_status, strategy, tags, revision)
  select run_id, status, now() - ({runs} - i) * interval '30 s', now() - ({runs} - i) * interval '30 s' +
    interval '1 ms', now() - ({runs} - i) * interval '30 s' + interval '2 ms', run_name, '2015-01-01', '2024-12-31', '{{}}',
    '{{}}', sha256(run_id::bytea), submitter, nullif(status, 'completed'), strategy, tags,
    case when status <> 'completed' then 3 end
  from (select i, {shared} from generate_series(1, {runs}) i) shared;
insert into backtest.run_tags (tag, submitted_at, run_id)
  select t.tag, r.submitted_at, r.run_id from backtest.runs r, json_array_elements_text(r.tags::json) t (tag);
insert into backtest.run_attempts (submitted_at, run_hash, epoch, ending, token, worker_id, manifest_digest,
    total_return, sharpe_ratio, max_drawdown, final_equity, trades, claimed_at, ended_at)
  select submitted_at, hashtextextended(run_id, 0), 1, status::backtest.attempt_ending, gen_random_uuid(),
    gen_random_uuid(), sha256(run_id::bytea), case when completes then random() * 2 - 0.5 end,
    case when completes then random() * 4 - 1 end, case when completes then -random() end, 1e6, 100, started_at,
    completed_at from (select *, status = 'completed' as completes from backtest.runs) r order by submitted_at;
"""

# Runs that wait, of ten submitters, none of the same moment as another one of its submitter.
QUEUED_SQLITE = """
insert into run_records (run_id, status, submitted_at, run_name, start_date, end_date, output_dir, config_sha256, submitter,
    priority)
  with recursive numbers (i) as (select 1 union all select i + 1 from numbers where i < {runs}),
    named as (select i, 'RUN20240131-' || lower(hex(randomblob(8))) as run_id from numbers)
  select run_id, 'queued', {now} - ({runs} - i) * 1000, 'momentum ' || (i % 1000), '2015-01-01', '2024-12-31', run_id,
    hex(randomblob(32)), 'user' || (i / 7 % 10), 0 from named;
insert into run_configs (run, config_json, effective_config_json) select id, '{{}}', '{{}}' from run_records;
insert into run_queue (run, rank, submitter, available_at) select id, 0, submitter, 0 from run_records;
insert into run_lanes (rank, submitter, turn)
  select 0, submitter, row_number() over (order by submitter) from (select distinct submitter from run_records);
insert into run_events (run, at, status, epoch, detail) select id, submitted_at, status, 0, 'submitted' from run_records;
"""

QUEUED_POSTGRES = """
insert into backtest.runs (run_id, status, submitted_at, available_at, run_name, start_date, end_date, config_json,
    effective_config_json, config_digest, submitter)
  select 'RUN20240131-' || substr(md5(i::text), 1, 16), 'queued', now() - ({runs} - i) * interval '1 ms',
    now() - ({runs} - i) * interval '1 ms', 'momentum ' || (i % 1000), '2015-01-01', '2024-12-31', '{{}}', '{{}}',
    sha256(i::text::bytea), 'user' || (i / 7 % 10) from generate_series(1, {runs}) i;
"""


class StoredRuns:
    """A directory with a store in it, for `with`: it ends with what was made, but for services."""

    def __init__(self, binary):
        self.binary, self.directory = binary, pathlib.Path(tempfile.mkdtemp(prefix="backtest-stored-runs-"))
        self.chosen = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.directory, ignore_errors=True)

    def service(self, **environment):
        return Service(self.binary, self.directory, **{"BACKTEST_MAX_CONCURRENT": "0", "BACKTEST_LOG_LEVEL": "error",
                                                       "BACKTEST_QUEUE_LIMIT": "0", **self.chosen, **environment})


class SqliteRuns(StoredRuns):
    name = "SQLite"

    @property
    def file(self):
        return self.directory / "results" / "runs.sqlite3"

    def fill(self, script, runs):
        self.service().start().stop()
        with contextlib.closing(sqlite3.connect(self.file)) as database:
            database.executescript("pragma cache_size = -1000000; pragma synchronous = off;")
            database.executescript(script.format(runs=runs, now=int(time.time() * 1e6)))

    def fill_ended(self, runs):
        self.fill(ENDED_SQLITE.replace("{shared}", ENDED.format(hash="lower(hex(randomblob(8)))")), runs)

    def fill_queued(self, runs):
        self.fill(QUEUED_SQLITE, runs)

    def take_in(self):
        """What the planner knows of the tables; texts are taken in by the service itself, once one was searched for."""
        with contextlib.closing(sqlite3.connect(self.file)) as database:
            database.execute("analyze")

    def backends(self):
        return []


class PostgresRuns(StoredRuns):
    name = "PostgreSQL"

    def __init__(self, binary):
        super().__init__(binary)
        self.cluster = Cluster(["max_wal_size=4GB"])
        self.chosen = {"BACKTEST_RUN_STORE_MODE": "postgres", "BACKTEST_POSTGRES_DSN": self.cluster.dsn()}
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.directory), **self.chosen}
        subprocess.run([binary, "migrate", "up"], env=environment, check=True, capture_output=True)

    def __exit__(self, *_):
        self.cluster.stop()
        super().__exit__()

    def fill(self, script, runs):
        self.cluster.sql(script.format(runs=runs))
        self.cluster.sql("vacuum analyze")

    def fill_ended(self, runs):
        self.fill(ENDED_POSTGRES.replace("{shared}", ENDED.format(hash="substr(md5(i::text), 1, 16)")), runs)

    def fill_queued(self, runs):
        self.fill(QUEUED_POSTGRES, runs)

    def take_in(self):
        """Numbers and texts, into the tables that lists are sorted and searched by."""
        while self.cluster.sql("select backtest.extend_run_numbers(20000, 1)") == "t":
            pass
        while self.cluster.sql("select backtest.extend_run_texts(20000)") != "0":
            pass
        self.cluster.sql("vacuum analyze")

    def backends(self):
        """The server's processes that work for clients."""
        return [pid for pid in children_of(self.cluster.postmaster()) if "[local]" in title(pid)]


def title(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:  # it has ended meanwhile
        return ""
