CREATE TABLE api_keys (
  key_id text primary key,
  name text not null,
  scopes text not null,
  secret_sha256 text not null,
  created_at integer not null,
  expires_at integer,
  revoked_at integer
) strict;

CREATE TABLE audit_events (
  sequence integer primary key autoincrement,
  at integer not null,
  action text not null,
  caller text not null,
  address text not null,
  request_id text not null,
  run_id text not null,
  detail text not null
) strict;

CREATE TABLE idempotency_keys (
  submitter text not null,
  idempotency_key text not null,
  body_sha256 text not null,
  run integer not null,
  primary key (submitter, idempotency_key)
) strict, without rowid;

CREATE TABLE notices_wanted (singleton integer primary key check (singleton = 1)) strict;

CREATE TABLE run_configs (
  run integer primary key,
  config_json text not null,
  effective_config_json text not null
) strict;

CREATE TABLE run_counts (status text primary key, runs integer not null) strict, without rowid;

CREATE TABLE run_events (
  sequence integer primary key autoincrement,
  run integer not null,
  at integer not null,
  status text not null,
  epoch integer not null,
  detail text not null
) strict;

CREATE TABLE run_lanes (
  rank integer not null,
  submitter text not null,
  turn integer not null,
  primary key (rank, submitter)
) strict, without rowid;

CREATE TABLE run_leases (
  run integer primary key,
  submitter text not null,
  worker_id text not null,
  claimed_uptime integer not null,
  expires_uptime integer not null,
  progress real not null default 0,
  progress_date text,
  bars_per_second real not null default 0
, boot text not null default '', progress_nav real) strict;

CREATE TABLE run_notices (
  run_id text primary key,
  state text not null,
  ended_at integer not null,
  due_at integer not null,
  tries integer not null default 0
) strict;

CREATE TABLE run_queue (
  run integer primary key,
  rank integer not null,
  submitter text not null,
  available_at integer not null
) strict;

CREATE TABLE run_records (
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
, strategy text, tags text, note text, duration integer generated always as (completed_at - started_at) virtual, progress_nav real) strict;

CREATE TABLE run_tags (
  tag text not null,
  submitted_at integer not null,
  run_id text not null,
  run integer not null,
  primary key (tag, submitted_at, run_id)
) strict, without rowid;

CREATE VIRTUAL TABLE run_text using
  fts5(text, content = '', detail = 'none', columnsize = 0, tokenize = 'trigram');

CREATE TABLE run_text_extent (indexed_to integer not null, entries integer not null) strict;

CREATE INDEX audit_events_by_time on audit_events (at);

CREATE INDEX audit_events_of_caller on audit_events (caller, sequence);

CREATE INDEX audit_events_of_run on audit_events (run_id, sequence) where run_id <> '';

CREATE INDEX idempotency_keys_of_run on idempotency_keys (run);

CREATE INDEX run_events_of_run on run_events (run, sequence);

CREATE INDEX run_lane_turns on run_lanes (rank, turn, submitter);

CREATE INDEX run_list on run_records (submitted_at desc, run_id desc, run_name);

CREATE INDEX run_list_by_completed_at on run_records (completed_at, submitted_at, run_id)
  where completed_at is not null;

CREATE INDEX run_list_by_duration on run_records (duration, submitted_at, run_id) where duration is not null;

CREATE INDEX run_list_by_max_drawdown on run_records (max_drawdown, submitted_at, run_id)
  where max_drawdown is not null;

CREATE INDEX run_list_by_sharpe_ratio on run_records (sharpe_ratio, submitted_at, run_id)
  where sharpe_ratio is not null;

CREATE INDEX run_list_by_status on run_records (status, submitted_at desc, run_id desc, run_name, completed_at);

CREATE INDEX run_list_by_strategy on run_records (strategy, submitted_at, run_id) where strategy is not null;

CREATE INDEX run_list_by_submitter on run_records (submitter, submitted_at, run_id);

CREATE INDEX run_list_by_total_return on run_records (total_return, submitted_at, run_id)
  where total_return is not null;

CREATE INDEX run_notices_due on run_notices (due_at);

CREATE INDEX run_queue_order on run_queue (rank, submitter, run, available_at);

CREATE INDEX run_tags_of_run on run_tags (run);

CREATE TRIGGER audit_keeps_what_is_new before delete on audit_events
  when old.at > (unixepoch() - 86400) * 1000000 begin
  select raise(abort, 'the audit only grows');
end;

CREATE TRIGGER audit_never_changes before update on audit_events begin
  select raise(abort, 'the audit only grows');
end;

CREATE TRIGGER count_changed_run after update of status on run_records when old.status <> new.status begin
  update run_counts set runs = runs - 1 where status = old.status;
  update run_counts set runs = runs + 1 where status = new.status;
end;

CREATE TRIGGER count_new_run after insert on run_records begin
  update run_counts set runs = runs + 1 where status = new.status;
end;

CREATE TRIGGER count_removed_run after delete on run_records begin
  update run_counts set runs = runs - 1 where status = old.status;
end;

CREATE TRIGGER forget_new_name after delete on run_records begin
  delete from run_text_renamed where run = old.id;
end;

CREATE TRIGGER note_end_of_run after update of status on run_records
  when new.status in ('completed', 'failed', 'cancelled') and old.status in ('queued', 'running')
    and exists (select 1 from notices_wanted) begin
  insert or replace into run_notices (run_id, state, ended_at, due_at)
    values (new.run_id, new.status, coalesce(new.completed_at, new.submitted_at), 0);
end;

CREATE TRIGGER note_new_name after update of run_name on run_records begin
  insert or ignore into run_text_renamed values (new.id);
end;

CREATE TRIGGER tag_changed_run after update of tags on run_records begin
  delete from run_tags where run = new.id;
  insert into run_tags (tag, submitted_at, run_id, run)
    select value, new.submitted_at, new.run_id, new.id from json_each(coalesce(new.tags, '[]'));
end;

CREATE TRIGGER tag_new_run after insert on run_records when new.tags is not null begin
  insert into run_tags (tag, submitted_at, run_id, run)
    select value, new.submitted_at, new.run_id, new.id from json_each(new.tags);
end;

CREATE TRIGGER untag_removed_run after delete on run_records when old.tags is not null begin
  delete from run_tags where run = old.id;
end;

CREATE VIEW runs as
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

CREATE VIEW shown_runs as
select r.id, r.run_id, r.run_name, r.start_date, r.end_date, r.output_dir, r.adls_container, r.adls_prefix,
  r.config_sha256, r.submitter, r.priority, r.strategy, r.tags, r.note, r.status, r.submitted_at, r.started_at,
  r.completed_at, r.error, r.error_code, r.revision, r.attempts, r.lost_attempts, r.failed_attempts,
  r.cancel_requested, r.artifact_prefix, r.manifest_sha256, r.total_return, r.annualized_return,
  r.annualized_volatility, r.sharpe_ratio, r.max_drawdown, r.final_equity, r.trades,
  coalesce(l.progress, r.progress) as progress, iif(l.run is null, r.progress_date, l.progress_date) as progress_date,
  iif(l.run is null, r.progress_nav, l.progress_nav) as progress_nav,
  coalesce(l.bars_per_second, r.bars_per_second) as bars_per_second
from run_records r left join run_leases l on l.run = r.id;

