-- Every end of a lease is a function, as a completion is (0007). Programs of schema 7 go on working beside those of
-- schema 8, so replicas are replaced one by one after this file was applied. Locks: none that anybody waits for.

-- What the endings share: the run and the attempt as they are after it, and the queue row of a run that waits again.
-- `lease` was deleted by this transaction, so that nobody else changes the run; `run` is the run before.
create function backtest.end_lease(lease backtest.run_leases, run backtest.runs, next_status text,
  ending backtest.attempt_ending, lost integer, failed integer, code text, message text, due timestamptz)
  returns void language plpgsql
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off set jit = off as $$
declare
  waits boolean := next_status = 'queued';
begin
  -- What is queued again has not started, and has no progress; what is over keeps the last that was told.
  update backtest.runs r set status = next_status, ended_status = nullif(next_status, 'queued'),
      lease_epoch = lease.epoch, attempts = coalesce(r.attempts, 0) + 1, revision = coalesce(r.revision, 1) + 2,
      lost_attempts = nullif(coalesce(r.lost_attempts, 0) + lost, 0),
      failed_attempts = nullif(coalesce(r.failed_attempts, 0) + failed, 0),
      started_at = case when not waits then r.started_at end,
      completed_at = case when not waits then now() end,
      available_at = case when waits then due else r.available_at end,
      progress = case when not waits then lease.progress end,
      progress_date = case when not waits then lease.progress_date end,
      bars_per_second = case when not waits then lease.bars_per_second end,
      error_code = case when next_status = 'failed' then code end,
      error = case when next_status = 'failed' then message end
    where r.run_id = run.run_id;
  if waits then
    insert into backtest.run_queue (available_at, run_hash, submitted_at, rank, submitter)
      values (coalesce(due, run.submitted_at), hashtextextended(run.run_id, 0),
        nullif(run.submitted_at, coalesce(due, run.submitted_at)), -coalesce(run.priority, 0), run.submitter);
  end if;
  insert into backtest.run_attempts (submitted_at, run_hash, claimed_at, ended_at, epoch, ending, state, token,
      worker_id, error_code)
    values (run.submitted_at, hashtextextended(run.run_id, 0), run.started_at, now(), lease.epoch, ending,
      nullif(next_status, ending::text)::backtest.run_state, lease.token, lease.worker_id,
      case when ending in ('failed', 'retried') then code end);
end
$$;

-- The run where this same lease ended it in one of these ways before, and nobody has claimed it since.
create function backtest.ended_run(lease_run_id text, lease_epoch bigint, lease_token uuid,
  endings backtest.attempt_ending[]) returns setof backtest.run_records language sql stable as $$
  select v.* from backtest.run_records v join backtest.run_attempts a
    on a.submitted_at = v.submitted_at and a.run_hash = hashtextextended(v.run_id, 0)
    where v.run_id = $1 and a.epoch = $2 and a.token = $3 and v.lease_epoch = a.epoch and a.ending = any($4)
$$;

-- The three below give the run as it is then, also where the call is repeated, and nothing where the lease is not the
-- run's.
create function backtest.fail_run(lease_run_id text, lease_epoch bigint, lease_token uuid, code text, message text,
  retryable boolean, most_failed integer, retry_microseconds bigint)
  returns setof backtest.run_records language plpgsql
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off set jit = off as $$
declare
  lease backtest.run_leases;
  run backtest.runs;
  next_status text;
begin
  delete from backtest.run_leases l where hashtextextended(l.run_id, 0) = hashtextextended($1, 0) and l.run_id = $1
    and l.epoch = $2 and l.token = $3 and l.expires_at > now() returning l.* into lease;
  if not found then
    return query select v.* from backtest.ended_run($1, $2, $3, '{failed, retried}') v;
    return;
  end if;
  select r.* into run from backtest.runs r where r.run_id = $1 and r.status = 'running';
  if not found then
    return;
  end if;
  next_status := case when not retryable or coalesce(run.failed_attempts, 0) + 1 >= most_failed then 'failed'
    when lease.cancel_requested then 'cancelled' else 'queued' end;
  perform backtest.end_lease(lease, run, next_status,
    case when next_status = 'failed' then 'failed' else 'retried' end::backtest.attempt_ending, 0, retryable::integer,
    code, message,
    case when retry_microseconds > 0 then now() + retry_microseconds * interval '1 microsecond' end);
  return query select v.* from backtest.run_records v where v.run_id = $1;
end
$$;

create function backtest.release_run(lease_run_id text, lease_epoch bigint, lease_token uuid)
  returns setof backtest.run_records language plpgsql
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off set jit = off as $$
declare
  lease backtest.run_leases;
  run backtest.runs;
begin
  delete from backtest.run_leases l where hashtextextended(l.run_id, 0) = hashtextextended($1, 0) and l.run_id = $1
    and l.epoch = $2 and l.token = $3 and l.expires_at > now() returning l.* into lease;
  if not found then
    return query select v.* from backtest.ended_run($1, $2, $3, '{released}') v;
    return;
  end if;
  select r.* into run from backtest.runs r where r.run_id = $1 and r.status = 'running';
  if not found then
    return;
  end if;
  perform backtest.end_lease(lease, run, case when lease.cancel_requested then 'cancelled' else 'queued' end,
    'released', 0, 0, null, null, null);
  return query select v.* from backtest.run_records v where v.run_id = $1;
end
$$;

-- Without a cancel request there is nothing to finish.
create function backtest.finish_cancel(lease_run_id text, lease_epoch bigint, lease_token uuid)
  returns setof backtest.run_records language plpgsql
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off set jit = off as $$
declare
  lease backtest.run_leases;
  run backtest.runs;
begin
  delete from backtest.run_leases l where hashtextextended(l.run_id, 0) = hashtextextended($1, 0) and l.run_id = $1
    and l.epoch = $2 and l.token = $3 and l.expires_at > now() and l.cancel_requested returning l.* into lease;
  if not found then
    return query select v.* from backtest.ended_run($1, $2, $3, '{cancelled}') v;
    return;
  end if;
  select r.* into run from backtest.runs r where r.run_id = $1 and r.status = 'running';
  if not found then
    return;
  end if;
  perform backtest.end_lease(lease, run, 'cancelled', 'cancelled', 0, 0, null, null, null);
  return query select v.* from backtest.run_records v where v.run_id = $1;
end
$$;

-- Up to `wanted` leases that have expired; others that do the same meanwhile take other ones. The ids of their runs.
create function backtest.reclaim_runs(wanted integer, most_lost integer) returns setof text language plpgsql
  set jit = off as $$
declare
  lease backtest.run_leases;
  run backtest.runs;
  lost integer;
begin
  for lease in delete from backtest.run_leases l where l.expires_at <= now() and l.ctid = any(array(
      select e.ctid from backtest.run_leases e where e.expires_at <= now() order by e.run_id
      for update skip locked limit wanted)) returning l.* loop
    select r.* into run from backtest.runs r where r.run_id = lease.run_id and r.status = 'running';
    continue when not found;
    lost := coalesce(run.lost_attempts, 0) + 1;
    perform backtest.end_lease(lease, run,
      case when lease.cancel_requested then 'cancelled' when lost >= most_lost then 'failed' else 'queued' end,
      'lost', 1, 0, 'poisoned', 'the run lost its worker ' || lost || ' times and is not tried again', null);
    return next lease.run_id;
  end loop;
end
$$;

-- As in 0007, but for runs that the Python service completed: their artifacts lie in the run's directory itself, an
-- empty prefix without a manifest. What it wrote as output_dir is a path of its machine; a run's place is its id.
create or replace view backtest.run_records as
select r.run_id, r.status, r.submitted_at, r.started_at, r.completed_at, r.run_name, r.start_date, r.end_date,
  case when r.output_dir is null or r.output_dir like '/%' then r.run_id else r.output_dir end as output_dir,
  r.adls_container, r.adls_prefix, r.error, r.error_code,
  coalesce(encode(r.config_digest, 'hex'), r.config_sha256, '') as config_sha256, r.submitter,
  coalesce(r.priority, 0) as priority,
  coalesce(r.revision, 1) + case when l.run_id is not null then 1 when a.token is not null then 2 else 0 end
    as revision,
  coalesce(r.attempts, 0) + case when l.run_id is not null or a.token is not null then 1 else 0 end as attempts,
  coalesce(r.lost_attempts, 0) as lost_attempts, coalesce(r.failed_attempts, 0) as failed_attempts,
  coalesce(r.cancel_requested, false) as cancel_requested,
  coalesce(r.artifact_prefix, 'attempts/' || a.epoch || '-' || replace(a.token::text, '-', ''),
    case when r.status = 'completed' then '' end) as artifact_prefix,
  coalesce(r.manifest_sha256, encode(a.manifest_digest, 'hex')) as manifest_sha256,
  coalesce(a.total_return, r.total_return) as total_return,
  coalesce(a.annualized_return, r.annualized_return) as annualized_return,
  coalesce(a.annualized_volatility, r.annualized_volatility) as annualized_volatility,
  coalesce(a.sharpe_ratio, r.sharpe_ratio) as sharpe_ratio,
  coalesce(a.max_drawdown, r.max_drawdown) as max_drawdown,
  coalesce(a.final_equity, r.final_equity) as final_equity,
  coalesce(a.trades, r.trades) as trades,
  case when l.run_id is not null then coalesce(l.progress, 0) when r.status = 'completed' then 1
    else coalesce(r.progress, 0) end as progress,
  case when l.run_id is not null then l.progress_date else coalesce(a.progress_date, r.progress_date) end
    as progress_date,
  case when l.run_id is not null then coalesce(l.bars_per_second, 0)
    else coalesce(a.bars_per_second, r.bars_per_second, 0) end as bars_per_second,
  coalesce(r.available_at, r.submitted_at) as available_at,
  coalesce(l.epoch, a.epoch, r.lease_epoch, 0) as lease_epoch,
  coalesce(l.token, a.token, r.lease_token) as lease_token,
  r.ended_status, r.idempotency_key, r.body_sha256, r.submission_token, r.config_json, r.effective_config_json,
  r.ctid as place
from backtest.runs r
  left join backtest.run_leases l on r.status = 'running'
    and hashtextextended(l.run_id, 0) = hashtextextended(r.run_id, 0) and l.run_id = r.run_id
  left join backtest.run_attempts a on r.status = 'completed'
    and a.submitted_at = r.submitted_at and a.run_hash = hashtextextended(r.run_id, 0) and a.ending = 'completed';

-- Unset, but for a database that `migrate release` gave back to the Python service: the oldest_compatible to return to.
alter table backtest.schema_version add column released_from integer;

-- What tells this database from every other, for as long as its runs live: artifacts name the store that they belong to,
-- and nothing collects those of another one. A dump carries it along.
create table backtest.store_identity (
  singleton boolean primary key default true check (singleton),
  identity uuid not null default gen_random_uuid()
);
insert into backtest.store_identity default values;

update backtest.schema_version set version = 8, oldest_compatible = 7;
