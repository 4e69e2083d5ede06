-- What a run writes to the log: the numbers by which lists are sorted have a table of their own, which is filled after
-- such lists were asked for, so that runs whose lists nobody sorts pay nothing; the indexes of submitters and strategies
-- end where ties begin. Programs of schema 7 to 10 go on working beside those of schema 11; their lists by a number read
-- every attempt. Locks: ends of leases wait while the numbers of all runs are copied and indexed, and submissions while
-- two indexes are built: some seconds on a million runs.
lock table backtest.run_attempts in share mode;
create table backtest.run_numbers (
  submitted_at timestamptz not null,
  run_hash bigint not null,
  total_return double precision,
  sharpe_ratio double precision,
  max_drawdown double precision
);
create table backtest.run_number_extent (
  singleton boolean primary key default true check (singleton),
  taken_to timestamptz not null,     -- what was submitted until then has its numbers there as soon as it has any
  announced_to timestamptz not null  -- what was submitted until then and completes now brings them itself
);
insert into backtest.run_numbers
  select a.submitted_at, a.run_hash, a.total_return, a.sharpe_ratio, a.max_drawdown from backtest.run_attempts a
    where coalesce(a.total_return, a.sharpe_ratio, a.max_drawdown) is not null order by a.submitted_at;
-- A completion that is under way waits for the lock above and goes on as it began: what is live is not taken in.
insert into backtest.run_number_extent (taken_to, announced_to)
  select t, t from (select coalesce(
    (select min(r.submitted_at) from backtest.run_leases l join backtest.runs r on r.run_id = l.run_id)
      - interval '1 microsecond',
    (select max(a.submitted_at) from backtest.run_attempts a), '-infinity') as t) extent;
delete from backtest.run_numbers n where n.submitted_at > (select taken_to from backtest.run_number_extent);
alter table backtest.run_numbers add primary key (submitted_at, run_hash);
create index run_numbers_total_return on backtest.run_numbers (total_return, submitted_at)
  where total_return is not null;
create index run_numbers_sharpe_ratio on backtest.run_numbers (sharpe_ratio, submitted_at)
  where sharpe_ratio is not null;
create index run_numbers_max_drawdown on backtest.run_numbers (max_drawdown, submitted_at)
  where max_drawdown is not null;
drop index backtest.run_attempts_total_return, backtest.run_attempts_sharpe_ratio, backtest.run_attempts_max_drawdown;

-- The attempts of runs whose numbers are not taken in yet. Few while lists are asked for: looked up by time, whatever the
-- planner takes their share for.
create function backtest.attempts_not_taken_in() returns setof backtest.run_attempts language plpgsql stable rows 200
  set enable_seqscan = off set enable_bitmapscan = off set jit = off as $$
begin
  return query select a.* from backtest.run_attempts a
    where a.submitted_at > (select e.taken_to from backtest.run_number_extent e) and a.ending = 'completed';
end
$$;

-- One step of taking in numbers: of about `most` attempts, where at least `fewest` wait. True where there may be more to
-- do. In two transactions: the first announces which runs are meant, after completions that do not know of it have
-- ended; the second takes in what had completed before. Nothing where somebody else does the same.
create function backtest.extend_run_numbers(most integer, fewest integer) returns boolean language plpgsql
  set enable_seqscan = off set enable_bitmapscan = off set jit = off set lock_timeout = '100ms' as $$
declare
  extent backtest.run_number_extent;
  upper_end timestamptz;
begin
  select e.* into extent from backtest.run_number_extent e;
  if extent.announced_to = extent.taken_to then
    select max(n.submitted_at) into upper_end from (
      select a.submitted_at from backtest.run_attempts a where a.submitted_at > extent.taken_to
        order by a.submitted_at limit most) n
      having count(*) >= fewest;
    if upper_end is null then
      return false;
    end if;
  end if;
  perform from backtest.run_number_extent e where e.taken_to = extent.taken_to
    and e.announced_to = extent.announced_to for update skip locked;
  if not found then
    return false;
  end if;
  if upper_end is null then
    insert into backtest.run_numbers (submitted_at, run_hash, total_return, sharpe_ratio, max_drawdown)
      select a.submitted_at, a.run_hash, a.total_return, a.sharpe_ratio, a.max_drawdown from backtest.run_attempts a
        where a.submitted_at > extent.taken_to and a.submitted_at <= extent.announced_to
          and coalesce(a.total_return, a.sharpe_ratio, a.max_drawdown) is not null
      on conflict do nothing;
    update backtest.run_number_extent set taken_to = extent.announced_to;
    return true;
  end if;
  perform pg_advisory_xact_lock(20240201);  -- completions hold it shared until they have committed
  update backtest.run_number_extent set announced_to = upper_end;
  return true;
exception when lock_not_available then
  return false;  -- a completion hangs; others are not kept waiting for it
end
$$;

-- As in 0007, and numbers of runs that were announced to be taken in are brought along.
create or replace function backtest.complete_run(lease_run_id text, lease_epoch bigint, lease_token uuid, prefix text,
  manifest_sha256 text, manifest_digest bytea, total_return double precision, annualized_return double precision,
  annualized_volatility double precision, sharpe_ratio double precision, max_drawdown double precision,
  final_equity double precision, trades bigint, container text, container_prefix text)
  returns setof backtest.run_records language plpgsql
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off set jit = off as $$
declare
  writer text := set_config('backtest.writer', 'lease', true);  -- for this transaction
  lease backtest.run_leases;
  run_submitted_at timestamptz;
begin
  delete from backtest.run_leases l where hashtextextended(l.run_id, 0) = hashtextextended($1, 0) and l.run_id = $1
    and l.epoch = $2 and l.token = $3 and l.expires_at > now() returning l.* into lease;
  if found then
    -- At the place that the claim told, unless the row was changed since. A look through an index would also prune the
    -- page, which is logged; the next claim on it does that for both.
    loop
      update backtest.runs r set status = 'completed', completed_at = now(),
          adls_container = coalesce($14, r.adls_container), adls_prefix = coalesce($15, r.adls_prefix),
          artifact_prefix = nullif($4, 'attempts/' || $2 || '-' || replace($3::text, '-', '')), manifest_sha256 = $5
        where r.ctid = lease.place and r.run_id = $1 and r.status = 'running'
        returning r.ctid, r.submitted_at into lease.place, run_submitted_at;
      exit when found;
      select r.ctid into lease.place from backtest.runs r where r.run_id = $1 and r.status = 'running' for update;
      if not found then
        return;
      end if;
    end loop;
    insert into backtest.run_attempts (submitted_at, run_hash, epoch, ending, token, worker_id, manifest_digest,
        total_return, annualized_return, annualized_volatility, sharpe_ratio, max_drawdown, final_equity, trades,
        bars_per_second, progress_date)
      values (run_submitted_at, hashtextextended($1, 0), $2, 'completed', $3, lease.worker_id, $6,
        $7, $8, $9, $10, $11, $12, $13, lease.bars_per_second, lease.progress_date);
    if coalesce($7, $10, $11) is not null then
      perform pg_advisory_xact_lock_shared(20240201);
      insert into backtest.run_numbers (submitted_at, run_hash, total_return, sharpe_ratio, max_drawdown)
        select run_submitted_at, hashtextextended($1, 0), $7, $10, $11 from backtest.run_number_extent e
          where run_submitted_at <= e.announced_to
        on conflict do nothing;
    end if;
    return query select v.* from backtest.run_records v where v.place = lease.place;
    return;
  end if;
  return query select v.* from backtest.run_records v
    where v.run_id = $1 and v.status = 'completed' and v.lease_epoch = $2 and v.lease_token = $3;
end
$$;

-- As in 0009, and the numbers.
create or replace function backtest.remove_run_events() returns trigger language plpgsql security definer
  set search_path = pg_catalog, pg_temp as $$
begin
  delete from backtest.run_log where run_id = old.run_id;
  delete from backtest.run_attempts
    where submitted_at = old.submitted_at and run_hash = hashtextextended(old.run_id, 0);
  delete from backtest.run_numbers
    where submitted_at = old.submitted_at and run_hash = hashtextextended(old.run_id, 0);
  delete from backtest.run_texts where run_id = old.run_id;
  if old.tags is not null then
    delete from backtest.run_tags t where t.submitted_at = old.submitted_at and t.run_id = old.run_id
      and t.tag in (select json_array_elements_text(old.tags::json));
  end if;
  return null;
end
$$;

-- Ids of runs of the same microsecond are sorted as they are read.
create index runs_of_submitter_11 on backtest.runs (submitter, submitted_at);
drop index backtest.runs_of_submitter;
alter index backtest.runs_of_submitter_11 rename to runs_of_submitter;
create index runs_of_strategy_11 on backtest.runs (strategy, submitted_at) where strategy is not null;
drop index backtest.runs_of_strategy;
alter index backtest.runs_of_strategy_11 rename to runs_of_strategy;

update backtest.schema_version set version = 11, oldest_compatible = 7;
