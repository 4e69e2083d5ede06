-- A run's row stays narrow: its config texts, its place in the queue and its lease have tables of their own, so that
-- lists never read config texts and a renewal writes a few bytes. Times are UTC in microseconds since 1970.
create table run_records (
  id integer primary key autoincrement,
  run_id text not null unique,
  status text not null check (status in ('queued', 'running', 'completed', 'failed', 'cancelled')),
  submitted_at integer not null,
  started_at integer,
  completed_at integer,
  run_name text,
  start_date text,
  end_date text,
  output_dir text not null,
  adls_container text,
  adls_prefix text,
  error text,
  error_code text,
  config_sha256 text not null,
  submitter text not null,
  priority integer not null,
  revision integer not null default 1,
  attempts integer not null default 0,
  lost_attempts integer not null default 0,
  failed_attempts integer not null default 0,
  cancel_requested integer not null default 0,
  lease_epoch integer not null default 0,
  lease_token text not null default '',
  lease_end text not null default 'none',
  artifact_prefix text,
  manifest_sha256 text,
  total_return real,
  annualized_return real,
  annualized_volatility real,
  sharpe_ratio real,
  max_drawdown real,
  final_equity real,
  trades integer,
  progress real not null default 0,
  progress_date text,
  bars_per_second real not null default 0
) strict;
create index run_list on run_records (submitted_at desc, run_id desc, run_name);
create index run_list_by_status on run_records (status, submitted_at desc, run_id desc, run_name, completed_at);

create table run_configs (
  run integer primary key,
  config_json text not null,
  effective_config_json text not null
) strict;

-- rank = -priority, so that every index column ascends.
create table run_queue (
  run integer primary key,
  rank integer not null,
  submitter text not null,
  available_at integer not null
) strict;
create index run_queue_order on run_queue (rank, submitter, run, available_at);

-- One row for each (rank, submitter) that has queued runs. Claims serve the lowest turn, which then goes to the end.
create table run_lanes (
  rank integer not null,
  submitter text not null,
  turn integer not null,
  primary key (rank, submitter)
) strict, without rowid;
create index run_lane_turns on run_lanes (rank, turn, submitter);

create table run_leases (
  run integer primary key,
  submitter text not null,
  worker_id text not null,
  claimed_at integer not null,
  expires_at integer not null,
  duration integer not null,
  progress real not null default 0,
  progress_date text,
  bars_per_second real not null default 0
) strict;

create table run_events (
  sequence integer primary key autoincrement,
  run integer not null,
  at integer not null,
  status text not null,
  epoch integer not null,
  detail text not null
) strict;
create index run_events_of_run on run_events (run, sequence);

create table idempotency_keys (
  submitter text not null,
  idempotency_key text not null,
  body_sha256 text not null,
  run integer not null,
  primary key (submitter, idempotency_key)
) strict, without rowid;
create index idempotency_keys_of_run on idempotency_keys (run);

create table run_counts (status text primary key, runs integer not null) strict, without rowid;
insert into run_counts values ('queued', 0), ('running', 0), ('completed', 0), ('failed', 0), ('cancelled', 0);
create trigger count_new_run after insert on run_records begin
  update run_counts set runs = runs + 1 where status = new.status;
end;
create trigger count_removed_run after delete on run_records begin
  update run_counts set runs = runs - 1 where status = old.status;
end;
create trigger count_changed_run after update of status on run_records when old.status <> new.status begin
  update run_counts set runs = runs - 1 where status = old.status;
  update run_counts set runs = runs + 1 where status = new.status;
end;

-- The Python service's table (STO-1) as a view: what reads the old columns goes on reading them, and an old service that
-- is started by mistake stops with an error instead of failing every run (STO-6).
create view runs as
select r.run_id, r.status,
  strftime('%Y-%m-%dT%H:%M:%S', r.submitted_at / 1000000, 'unixepoch')
    || printf('.%06d+00:00', r.submitted_at % 1000000) as submitted_at,
  strftime('%Y-%m-%dT%H:%M:%S', r.started_at / 1000000, 'unixepoch')
    || printf('.%06d+00:00', r.started_at % 1000000) as started_at,
  strftime('%Y-%m-%dT%H:%M:%S', r.completed_at / 1000000, 'unixepoch')
    || printf('.%06d+00:00', r.completed_at % 1000000) as completed_at,
  r.run_name, r.start_date, r.end_date, r.output_dir, r.adls_container, r.adls_prefix, r.error,
  c.config_json, c.effective_config_json
from run_records r join run_configs c on c.run = r.id;
