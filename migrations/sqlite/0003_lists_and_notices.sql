-- What people give to a run (tags, a note, another name), what lists are filtered and sorted by, and the news of what is
-- over. Indexes are built once, a second or two on a million runs.
alter table run_records add column strategy text;
alter table run_records add column tags text;  -- a JSON array of sorted texts; null: none
alter table run_records add column note text;

drop view shown_runs;
create view shown_runs as
select r.id, r.run_id, r.run_name, r.start_date, r.end_date, r.output_dir, r.adls_container, r.adls_prefix,
  r.config_sha256, r.submitter, r.priority, r.strategy, r.tags, r.note, r.status, r.submitted_at, r.started_at,
  r.completed_at, r.error, r.error_code, r.revision, r.attempts, r.lost_attempts, r.failed_attempts,
  r.cancel_requested, r.artifact_prefix, r.manifest_sha256, r.total_return, r.annualized_return,
  r.annualized_volatility, r.sharpe_ratio, r.max_drawdown, r.final_equity, r.trades,
  coalesce(l.progress, r.progress) as progress, iif(l.run is null, r.progress_date, l.progress_date) as progress_date,
  coalesce(l.bars_per_second, r.bars_per_second) as bars_per_second
from run_records r left join run_leases l on l.run = r.id;

create index run_list_by_submitter on run_records (submitter, submitted_at, run_id);
create index run_list_by_strategy on run_records (strategy, submitted_at, run_id) where strategy is not null;
create index run_list_by_total_return on run_records (total_return, submitted_at, run_id)
  where total_return is not null;
create index run_list_by_sharpe_ratio on run_records (sharpe_ratio, submitted_at, run_id)
  where sharpe_ratio is not null;
create index run_list_by_max_drawdown on run_records (max_drawdown, submitted_at, run_id)
  where max_drawdown is not null;

-- Each tag of each run, in the order of lists.
create table run_tags (
  tag text not null,
  submitted_at integer not null,
  run_id text not null,
  run integer not null,
  primary key (tag, submitted_at, run_id)
) strict, without rowid;
create index run_tags_of_run on run_tags (run);
create trigger tag_new_run after insert on run_records when new.tags is not null begin
  insert into run_tags (tag, submitted_at, run_id, run)
    select value, new.submitted_at, new.run_id, new.id from json_each(new.tags);
end;
create trigger tag_changed_run after update of tags on run_records begin
  delete from run_tags where run = new.id;
  insert into run_tags (tag, submitted_at, run_id, run)
    select value, new.submitted_at, new.run_id, new.id from json_each(coalesce(new.tags, '[]'));
end;
create trigger untag_removed_run after delete on run_records when old.tags is not null begin
  delete from run_tags where run = old.id;
end;

-- Runs whose names are others than the text index has seen.
create table run_text_renamed (run integer primary key) strict;
create trigger note_new_name after update of run_name on run_records begin
  insert or ignore into run_text_renamed values (new.id);
end;
create trigger forget_new_name after delete on run_records begin
  delete from run_text_renamed where run = old.id;
end;

-- Who is told that a run is over: one row for each such run until somebody has taken the news, where that is wanted.
create table run_notices (
  run_id text primary key,
  state text not null,
  ended_at integer not null,
  due_at integer not null,
  tries integer not null default 0
) strict;
create index run_notices_due on run_notices (due_at);
create table notices_wanted (singleton integer primary key check (singleton = 1)) strict;
create trigger note_end_of_run after update of status on run_records
  when new.status in ('completed', 'failed', 'cancelled') and old.status in ('queued', 'running')
    and exists (select 1 from notices_wanted) begin
  insert or replace into run_notices (run_id, state, ended_at, due_at)
    values (new.run_id, new.status, coalesce(new.completed_at, new.submitted_at), 0);
end;
