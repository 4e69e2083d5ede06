-- The NAV of a run that runs, beside the date that its progress names; the first runs of the queue by their ids. Programs of schema 7 to 13 go on working beside
-- those of schema 14: runs that they hold have none. Locks: runs and leases are locked for the moment that two entries of
-- the catalogue take; no row is written.
alter table backtest.runs add column progress_nav double precision;
alter table backtest.run_leases add column progress_nav double precision;

-- As in 0008, and the NAV.
create or replace function backtest.end_lease(lease backtest.run_leases, run backtest.runs, next_status text,
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
      progress_nav = case when not waits then lease.progress_nav end,
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

-- As in 0009, with the new column at the end. A completed run has its final_equity.
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
  r.ctid as place, r.strategy, r.tags, r.note,
  case when l.run_id is not null then l.progress_nav else r.progress_nav end as progress_nav
from backtest.runs r
  left join backtest.run_leases l on r.status = 'running'
    and hashtextextended(l.run_id, 0) = hashtextextended(r.run_id, 0) and l.run_id = r.run_id
  left join backtest.run_attempts a on r.status = 'completed'
    and a.submitted_at = r.submitted_at and a.run_hash = hashtextextended(r.run_id, 0) and a.ending = 'completed';

-- As in 0012, and when each was submitted, by which its row is found.
drop function backtest.first_in_queue(bigint);
create function backtest.first_in_queue(most bigint)
  returns table (available_at timestamptz, run_hash bigint, runs_before bigint, submitted_at timestamptz)
  language plpgsql stable rows 1000
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off set jit = off as $$
#variable_conflict use_column
begin
  return query
    with recursive heads as (
      (select q.submitter, q.rank, q.available_at from backtest.run_queue q
        order by q.submitter, q.rank, q.available_at limit 1)
      union all
      select next.* from heads h cross join lateral (
        select q.submitter, q.rank, q.available_at from backtest.run_queue q
          where (q.submitter, q.rank) > (h.submitter, h.rank)
          order by q.submitter, q.rank, q.available_at limit 1) next),
    lanes as materialized (
      select h.submitter, h.rank, row_number() over (partition by h.rank order by h.available_at, h.submitter) as turn,
        greatest(most / count(*) over (partition by h.rank), 1) as share
      from heads h),
    walked as (
      select l.*, step.*, step.place as round, count(*) filter (where step.place <= l.share) over (order by l.rank) as known
        from lanes l cross join lateral (
          select s.*, row_number() over (order by s.available_at) as place, count(*) over () as size from (
            select q.available_at, q.run_hash, coalesce(q.submitted_at, q.available_at) as submitted_at
              from backtest.run_queue q
              where q.submitter = l.submitter and q.rank = l.rank
              order by q.available_at fetch first (l.share) rows with ties) s) step
      union all
      select w.submitter, w.rank, w.turn, w.share, step.*, w.round + step.place,
          w.known + count(*) filter (where step.place <= w.share) over (order by w.rank)
        from walked w cross join lateral (
          select s.*, row_number() over (order by s.available_at) as place, count(*) over () as size from (
            select q.available_at, q.run_hash, coalesce(q.submitted_at, q.available_at) as submitted_at
              from backtest.run_queue q
              where q.submitter = w.submitter and q.rank = w.rank and q.available_at > w.available_at
              order by q.available_at fetch first (w.share) rows with ties) s) step
        where w.place = w.size and w.size >= w.share and w.known < most)
    select w.available_at, w.run_hash, row_number() over (order by w.rank, w.round, w.turn) - 1, w.submitted_at
      from walked w;
end
$$;

-- Run ids of the first `most` runs of the queue, the one that begins next first.
create function backtest.first_queued_runs(most bigint) returns setof text language plpgsql stable rows 1000
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off set jit = off as $$
begin
  return query
    select r.run_id from backtest.first_in_queue(most) f
      join backtest.runs r on r.submitted_at = f.submitted_at and hashtextextended(r.run_id, 0) = f.run_hash
        and r.status = 'queued'
      order by f.runs_before limit most;
end
$$;

update backtest.schema_version set version = 14;
