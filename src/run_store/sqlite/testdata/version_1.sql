-- A file as programs of schema version 1 wrote it: its tables, and a run in each state with what belongs to it. Frozen:
-- the test of the upgrade makes its file out of this text.
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

create table if not exists run_text_extent (indexed_to integer not null, entries integer not null) strict;
insert into run_text_extent values (2, 2);
create virtual table if not exists run_text using
  fts5(text, content = '', detail = 'none', columnsize = 0, tokenize = 'trigram');
insert into run_text (rowid, text) values (1, 'done' || char(10) || 'My run'), (2, 'broken' || char(10));

insert into run_records (id, run_id, status, submitted_at, started_at, completed_at, run_name, start_date, end_date,
  output_dir, adls_container, adls_prefix, error, error_code, config_sha256, submitter, priority, revision, attempts,
  lost_attempts, failed_attempts, cancel_requested, lease_epoch, lease_token, lease_end, artifact_prefix,
  manifest_sha256, total_return, annualized_return, annualized_volatility, sharpe_ratio, max_drawdown, final_equity,
  trades, progress, progress_date, bars_per_second)
values
  (1, 'done', 'completed', 1706704496000001, 1706704497000000, 1706704500000000, 'My run', '2020-01-01', '2020-12-31',
   'done', null, null, null, null, 'c1', 'ada', 2, 3, 1, 0, 0, 0, 1, '0123456789abcdef0123456789abcdef', 'completed',
   'attempts/1-0123456789abcdef0123456789abcdef', 'm1', 0.5, 0.25, 0.125, 1.5, -0.0625, 1500000.25, 42, 1.0,
   '2020-12-31', 1000.5),
  (2, 'broken', 'failed', 1706704496000002, 1706704497000000, 1706704501000000, null, null, null, 'broken', null, null,
   'no prices for ACME', 'invalid_input', 'c2', 'ada', 0, 3, 1, 0, 0, 0, 1, '1123456789abcdef0123456789abcdef', 'failed',
   null, null, null, null, null, null, null, null, null, 0.0, null, 0.0),
  (3, 'dropped', 'cancelled', 1706704496000003, null, 1706704502000000, null, null, null, 'dropped', null, null, null,
   null, 'c3', 'bob', 0, 2, 0, 0, 0, 1, 0, '', 'none', null, null, null, null, null, null, null, null, null, 0.0, null,
   0.0),
  (4, 'under way', 'running', 1706704496000004, 1706704503000000, null, null, null, null, 'under way', null, null, null,
   null, 'c4', 'bob', 0, 4, 2, 1, 0, 0, 2, '2123456789abcdef0123456789abcdef', 'none', null, null, null, null, null,
   null, null, null, null, 0.0, null, 0.0),
  (5, 'waiting', 'queued', 1706704496000005, null, null, 'Next', null, null, 'waiting', null, null, null, null, 'c5',
   'bob', 1, 1, 0, 0, 0, 0, 0, '', 'none', null, null, null, null, null, null, null, null, null, 0.0, null, 0.0);
insert into run_configs select id, '{"of": "' || run_id || '"}', '{"effective": "' || run_id || '"}' from run_records;
insert into run_queue values (5, -1, 'bob', 1706704496000005);
insert into run_lanes values (-1, 'bob', 1);
insert into run_leases values (4, 'bob', '3c6a5e9e-0f5d-4f0c-9a44-2f1de3a1b001', 1706704503000000, 1706704533000000,
  30000000, 0.5, '2020-06-30', 500.25);
insert into run_events (run, at, status, epoch, detail) values
  (1, 1706704496000001, 'queued', 0, 'submitted'), (1, 1706704497000000, 'running', 1, 'claimed by w'),
  (1, 1706704500000000, 'completed', 1, 'completed'), (4, 1706704496000004, 'queued', 0, 'submitted');
insert into idempotency_keys values ('ada', 'key of done', 'body of done', 1);

pragma application_id = 1112822612;
pragma user_version = 1;
