-- `migrate release --fail-live`: what is queued or running ends as failed, as that service's start-up would have it.
with live as (
  select r.run_id, r.started_at, l.epoch, l.worker_id from backtest.runs r
    left join backtest.run_leases l on l.run_id = r.run_id where r.status in ('queued', 'running')),
claims as (
  insert into backtest.run_log (run_id, at, state, epoch, detail)
    select run_id, started_at, 'running', epoch, 'claimed by ' || worker_id from live where epoch is not null),
ends as (
  insert into backtest.run_log (run_id, state, epoch, detail)
    select run_id, 'failed', coalesce(epoch, 0), 'given back to the previous service' from live)
update backtest.runs r set status = 'failed', ended_status = 'failed', completed_at = now(),
    error_code = 'released', error = 'the run was not over when the database went back to the previous service',
    revision = coalesce(r.revision, 1) + 2, lease_epoch = coalesce(live.epoch, r.lease_epoch),
    attempts = coalesce(r.attempts, 0) + case when live.epoch is null then 0 else 1 end
  from live where r.run_id = live.run_id;
delete from backtest.run_leases;
delete from backtest.run_queue;
