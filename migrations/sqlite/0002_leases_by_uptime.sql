-- Leases are measured by the time since the machine was started (CLOCK_BOOTTIME), which nobody can set: a step of the
-- wall clock costs no attempt. `boot` is that start's id; a lease of another one has ended, for nobody can hold it. Those
-- that this file finds are of programs that were stopped for it, and count as such.
--
-- The columns take new names so that a program of version 1 that still has the file open stops with an error instead of
-- reading one clock's times as another's.
alter table run_leases rename column claimed_at to claimed_uptime;
alter table run_leases rename column expires_at to expires_uptime;
alter table run_leases drop column duration;
alter table run_leases add column boot text not null default '';

-- A run as it is shown. A held run's progress is in its lease; what the record keeps is that of the last attempt.
create view shown_runs as
select r.id, r.run_id, r.run_name, r.start_date, r.end_date, r.output_dir, r.adls_container, r.adls_prefix,
  r.config_sha256, r.submitter, r.priority, r.status, r.submitted_at, r.started_at, r.completed_at, r.error,
  r.error_code, r.revision, r.attempts, r.lost_attempts, r.failed_attempts, r.cancel_requested, r.artifact_prefix,
  r.manifest_sha256, r.total_return, r.annualized_return, r.annualized_volatility, r.sharpe_ratio, r.max_drawdown,
  r.final_equity, r.trades, coalesce(l.progress, r.progress) as progress,
  iif(l.run is null, r.progress_date, l.progress_date) as progress_date,
  coalesce(l.bars_per_second, r.bars_per_second) as bars_per_second
from run_records r left join run_leases l on l.run = r.id;

-- The text index is only a hint (run_store/sqlite/text_index.hpp). Files that later programs of version 1 wrote have it.
create table if not exists run_text_extent (indexed_to integer not null, entries integer not null) strict;
insert into run_text_extent select 0, 0 where not exists (select 1 from run_text_extent);
create virtual table if not exists run_text using
  fts5(text, content = '', detail = 'none', columnsize = 0, tokenize = 'trigram');
