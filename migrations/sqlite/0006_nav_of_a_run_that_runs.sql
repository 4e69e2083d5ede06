-- The NAV of a run that runs, beside the date that its progress names. What is over keeps the last that was told, but for
-- a completed run, which has its final_equity.
alter table run_records add column progress_nav real;
alter table run_leases add column progress_nav real;

-- As in 0003, and the NAV.
drop view shown_runs;
create view shown_runs as
select r.id, r.run_id, r.run_name, r.start_date, r.end_date, r.output_dir, r.adls_container, r.adls_prefix,
  r.config_sha256, r.submitter, r.priority, r.strategy, r.tags, r.note, r.status, r.submitted_at, r.started_at,
  r.completed_at, r.error, r.error_code, r.revision, r.attempts, r.lost_attempts, r.failed_attempts,
  r.cancel_requested, r.artifact_prefix, r.manifest_sha256, r.total_return, r.annualized_return,
  r.annualized_volatility, r.sharpe_ratio, r.max_drawdown, r.final_equity, r.trades,
  coalesce(l.progress, r.progress) as progress, iif(l.run is null, r.progress_date, l.progress_date) as progress_date,
  iif(l.run is null, r.progress_nav, l.progress_nav) as progress_nav,
  coalesce(l.bars_per_second, r.bars_per_second) as bars_per_second
from run_records r left join run_leases l on l.run = r.id;
