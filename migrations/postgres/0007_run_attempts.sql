-- What a run costs: the wide row is written once and then changes its status and times only (HOT, a few bytes); what an
-- attempt was and what came of it is one row of its own, written when its lease ends; events are read out of that.
--
-- Programs of schema 6 do not work on this one: stop them first (docs/operations.md). Locks: writes to runs wait while
-- one partial index is built, a read of the table; then queue and leases are copied, and nobody reads them meanwhile.

-- No index may hold what a claim or a completion changes. Only what fails or is cancelled gets an ended_status, and
-- what completed before this version has one. First, because while it is built runs can be read.
create index idx_backtest_runs_not_completed on backtest.runs (ended_status, submitted_at, run_id)
  where ended_status is not null;

-- One row for each lease that ended, append-only; removed with its run. For a completed run this is where its results
-- are. The key is the run's submitted_at and the hash of its id, which tells apart what was submitted in one
-- microsecond: narrow, and in the order of time, so that new index entries fall on pages that are in memory.
create type backtest.attempt_ending as enum ('completed', 'failed', 'retried', 'released', 'cancelled', 'lost');
create type backtest.run_state as enum ('queued', 'running', 'completed', 'failed', 'cancelled');
create table backtest.run_attempts (
  submitted_at timestamptz not null,
  run_hash bigint not null,  -- hashtextextended(run_id, 0)
  claimed_at timestamptz,    -- null: the run's started_at; so where it completed
  ended_at timestamptz,      -- null: the run's completed_at; so where it completed
  total_return double precision,
  annualized_return double precision,
  annualized_volatility double precision,
  sharpe_ratio double precision,
  max_drawdown double precision,
  final_equity double precision,
  bars_per_second double precision,
  trades integer,
  epoch integer not null,
  ending backtest.attempt_ending not null,
  state backtest.run_state,  -- of the run after it; null: what `ending` says
  token uuid not null,
  worker_id uuid not null,
  manifest_digest bytea,  -- SHA-256
  progress_date text,
  error_code text
);
create index run_attempts_run on backtest.run_attempts (submitted_at);
create index run_attempts_not_completed on backtest.run_attempts (ended_at) where ending <> 'completed';

-- What happens to a run that nobody holds, and cancel requests; and all events from before this version.
alter table backtest.run_events rename to run_log;

-- Narrow tables, their columns in the order that wastes no padding. The queue's index ends where ties begin.
create table backtest.run_queue_7 (
  available_at timestamptz not null,
  run_hash bigint not null,
  submitted_at timestamptz,  -- null: available_at
  rank integer not null,
  submitter text not null
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
insert into backtest.run_queue_7 (available_at, run_hash, submitted_at, rank, submitter)
  select q.available_at, hashtextextended(q.run_id, 0), nullif(r.submitted_at, q.available_at), q.rank, q.submitter
  from backtest.run_queue q join backtest.runs r on r.run_id = q.run_id order by q.submitter, q.rank, q.available_at;
drop table backtest.run_queue;
alter table backtest.run_queue_7 rename to run_queue;
create index run_queue_claim on backtest.run_queue (submitter, rank, available_at);

-- By a hash of the id: an index entry of half the size. One lease a run, for a claim takes the run from `queued`. When
-- it was claimed is the run's started_at.
create table backtest.run_leases_7 (
  token uuid not null,
  worker_id uuid not null,
  place tid,  -- where the claim left the run's row: a hint
  cancel_requested boolean not null default false,
  run_id text not null,
  submitter text not null,
  epoch integer not null,
  expires_at timestamptz not null,
  progress double precision,
  bars_per_second double precision,
  progress_date text
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 200);
insert into backtest.run_leases_7
  select token, case when worker_id ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
    then worker_id::uuid else md5(worker_id)::uuid end, null, cancel_requested, run_id, submitter, epoch,
    expires_at, progress, bars_per_second, progress_date
  from backtest.run_leases;
drop table backtest.run_leases;
alter table backtest.run_leases_7 rename to run_leases;
create index run_leases_run on backtest.run_leases (hashtextextended(run_id, 0));

-- The row holds what the run was when it was queued last; a lease, or a completed attempt, adds its own. What is the
-- rule is null: revision 1 and counters 0 of a run that was submitted and no more, available_at = submitted_at, the
-- artifacts' prefix = attempts/EPOCH-TOKEN. The columns of the old service hold what they did.
-- submitted_at is half of a key: rows that one statement inserts must not have the same.
alter table backtest.runs
  alter column submitted_at set default clock_timestamp(),
  add column config_digest bytea,  -- SHA-256; config_sha256 is of older rows
  alter column revision drop not null,
  alter column revision drop default,
  alter column priority drop not null,
  alter column cancel_requested drop not null,
  alter column cancel_requested drop default,
  alter column lease_end drop not null,
  alter column lease_end drop default,
  alter column progress drop not null,
  alter column progress drop default,
  alter column bars_per_second drop not null,
  alter column bars_per_second drop default,
  alter column available_at drop not null,
  alter column lease_epoch drop not null,
  alter column lease_epoch drop default,
  alter column attempts drop not null,
  alter column attempts drop default,
  alter column lost_attempts drop not null,
  alter column lost_attempts drop default,
  alter column failed_attempts drop not null,
  alter column failed_attempts drop default;
alter table backtest.runs set (fillfactor = 70);
drop index backtest.idx_backtest_runs_ended;
update backtest.runs r set attempts = r.attempts - 1, revision = r.revision - 1
  from backtest.run_leases l where r.run_id = l.run_id and r.status = 'running';

-- A run as it is shown.
create view backtest.run_records as
select r.run_id, r.status, r.submitted_at, r.started_at, r.completed_at, r.run_name, r.start_date, r.end_date,
  coalesce(r.output_dir, r.run_id) as output_dir, r.adls_container, r.adls_prefix, r.error, r.error_code,
  coalesce(encode(r.config_digest, 'hex'), r.config_sha256, '') as config_sha256, r.submitter,
  coalesce(r.priority, 0) as priority,
  coalesce(r.revision, 1) + case when l.run_id is not null then 1 when a.token is not null then 2 else 0 end
    as revision,
  coalesce(r.attempts, 0) + case when l.run_id is not null or a.token is not null then 1 else 0 end as attempts,
  coalesce(r.lost_attempts, 0) as lost_attempts, coalesce(r.failed_attempts, 0) as failed_attempts,
  coalesce(r.cancel_requested, false) as cancel_requested,
  coalesce(r.artifact_prefix, 'attempts/' || a.epoch || '-' || replace(a.token::text, '-', '')) as artifact_prefix,
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

-- The audit of state changes: read out of what is written anyway. Within a run events follow each other by epoch, and
-- within an epoch: claim, cancel request, end, and what happens before the next claim.
create view backtest.run_events as
with events as (
  select g.run_id, g.at, g.state, g.epoch, g.detail,
    case when g.state = 'running' then case when g.detail = 'cancel requested' then 3 else 2 end
      when g.state = 'queued' and g.detail = 'submitted' then 1
      when g.detail like 'adopted%' then 5 when g.detail = 'cancelled while queued' then 6 else 4 end as step
  from backtest.run_log g
  union all
  select r.run_id, r.submitted_at, 'queued', 0, 'submitted', 1 from backtest.runs r
    where not exists (select from backtest.run_log g where g.run_id = r.run_id and g.detail = 'submitted')
  union all
  select r.run_id, r.started_at, 'running', l.epoch, 'claimed by ' || l.worker_id, 2
  from backtest.runs r join backtest.run_leases l
    on hashtextextended(l.run_id, 0) = hashtextextended(r.run_id, 0) and l.run_id = r.run_id
    where not exists (select from backtest.run_log g
      where g.run_id = r.run_id and g.epoch = l.epoch and g.detail like 'claimed by %')
  union all
  select r.run_id, coalesce(a.claimed_at, r.started_at), 'running', a.epoch, 'claimed by ' || a.worker_id, 2
  from backtest.runs r join backtest.run_attempts a
    on a.submitted_at = r.submitted_at and a.run_hash = hashtextextended(r.run_id, 0)
    where not exists (select from backtest.run_log g
      where g.run_id = r.run_id and g.epoch = a.epoch and g.detail like 'claimed by %')
  union all
  select r.run_id, coalesce(a.ended_at, r.completed_at), coalesce(a.state::text, a.ending::text), a.epoch, case a.ending
      when 'lost' then case a.state when 'failed' then 'poisoned' else 'lease lost' end
      when 'failed' then 'attempt failed: ' || a.error_code
      when 'retried' then case a.state when 'queued' then 'will be tried again: ' else 'attempt failed: ' end
        || a.error_code
      else a.ending::text end, 4
  from backtest.runs r join backtest.run_attempts a
    on a.submitted_at = r.submitted_at and a.run_hash = hashtextextended(r.run_id, 0)
)
select epoch * 8 + step as sequence, run_id, at, state, epoch, detail from events;

-- The store's own functions say who they are; everybody else must advance the revision with the status.
drop trigger guard_run_status on backtest.runs;
create trigger guard_run_status after update of status on backtest.runs
  for each row when (old.status is distinct from new.status and coalesce(new.revision, 1) <= coalesce(old.revision, 1)
    and current_setting('backtest.writer', true) is distinct from 'lease')
  execute function backtest.guard_run_status();

create or replace function backtest.enqueue_inserted_run() returns trigger language plpgsql as $$
begin
  insert into backtest.run_queue (available_at, run_hash, submitted_at, rank, submitter)
    values (coalesce(new.available_at, new.submitted_at), hashtextextended(new.run_id, 0),
      case when new.available_at <> new.submitted_at then new.submitted_at end, -coalesce(new.priority, 0),
      new.submitter);
  return null;
end
$$;

create or replace function backtest.remove_run_events() returns trigger language plpgsql security definer
  set search_path = pg_catalog, pg_temp as $$
begin
  delete from backtest.run_log where run_id = old.run_id;
  delete from backtest.run_attempts
    where submitted_at = old.submitted_at and run_hash = hashtextextended(old.run_id, 0);
  return null;
end
$$;

create or replace function backtest.guard_run_status() returns trigger language plpgsql as $$
begin
  raise exception 'run % may not go from % to %: revision % was not advanced',
    old.run_id, old.status, new.status, coalesce(old.revision, 1)
    using errcode = 'integrity_constraint_violation',
          hint = 'An old revision of the service writes to a database that replicas share. Stop it.';
end
$$;

create or replace function backtest.audit_runs() returns table (run_id text, problem text) language sql stable as $$
  select r.run_id, 'queued without a queue row' from backtest.runs r
    where r.status = 'queued' and not exists (select from backtest.run_queue q where q.submitter = r.submitter
      and q.rank = -coalesce(r.priority, 0) and q.available_at = coalesce(r.available_at, r.submitted_at)
      and q.run_hash = hashtextextended(r.run_id, 0))
  union all
  select r.run_id, 'running without a lease' from backtest.runs r
    where r.status = 'running' and not exists (select from backtest.run_leases l where l.run_id = r.run_id)
  union all
  select l.run_id, 'a lease without a running run' from backtest.run_leases l
    where not exists (select from backtest.runs r where r.run_id = l.run_id and r.status = 'running')
  union all
  select l.run_id, 'more than one lease' from backtest.run_leases l group by l.run_id having count(*) > 1
$$;

-- Submission, claim and completion: functions, because their plans are kept by the backend, also behind PgBouncer,
-- where a named statement is not. A kept plan must be right for any size of the queue: by the index, whatever the
-- statistics say; the price that this puts on other plans would make each call compile.

-- The time of submission, or null where the queue is full. Its queue row comes by the table's trigger.
create function backtest.submit_run(run_id text, run_name text, start_date text, end_date text, output_dir text,
  adls_container text, adls_prefix text, config_json text, effective_config_json text, config_digest bytea,
  config_sha256 text, submitter text, priority integer, idempotency_key text, body_sha256 text, submission_token uuid,
  queue_limit bigint) returns timestamptz language plpgsql set plan_cache_mode = force_generic_plan as $$
begin
  if queue_limit > 0 then  -- exact up to the limit, and dear only near it
    if (select count(*) from (select from backtest.run_queue limit queue_limit) q) >= queue_limit then
      return null;
    end if;
  end if;
  insert into backtest.runs (run_id, status, submitted_at, run_name, start_date, end_date, output_dir, adls_container,
      adls_prefix, config_json, effective_config_json, config_digest, config_sha256, submitter, priority,
      idempotency_key, body_sha256, submission_token, available_at)
    values ($1, 'queued', now(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, nullif($13, 0), $14, $15,
      $16, null);
  return now();
end
$$;

-- Up to `wanted` runs. A lane is a submitter and where this process claimed from it last: index entries before it that
-- a held snapshot keeps alive are not read again. Highest priority first, then the lane whose turn was longest ago. An
-- advisory lock on the head keeps others off it, where a row lock would be logged; the delete is what claims it.
-- One lock is tried after the other in the queue's order, whatever the plan: were the queue sorted after the locks, as an
-- index of an operator's own could bring about, each claim would lock all of it and fail.
create function backtest.claim_runs(claimer uuid, lease_microseconds bigint, wanted integer, running_limit integer,
  lanes text[], lane_ranks integer[], lane_times timestamptz[], lane_turns bigint[], tokens uuid[])
  returns setof backtest.run_records language plpgsql
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off set jit = off as $$
declare
  writer text := set_config('backtest.writer', 'lease', true);  -- for this transaction
  lane bigint := 1;
  turn bigint := (select max(t) from unnest(lane_turns) t);
  claimed integer := 0;
  head record;
  run record;
begin
  while claimed < wanted loop
    if cardinality(lanes) > 1 or running_limit > 0 then
      select s.lane into lane
        from unnest(lanes, lane_ranks, lane_times, lane_turns) with ordinality
          as s (submitter, rank, available_at, turn, lane),
        lateral (select q.rank from backtest.run_queue q where q.submitter = s.submitter
          and (q.rank, q.available_at) >= (s.rank, s.available_at) and q.available_at <= now()
          order by q.submitter, q.rank, q.available_at limit 1) h
        where running_limit <= 0
          or (select count(*) from backtest.run_leases l where l.submitter = s.submitter) < running_limit
        order by h.rank, s.turn, s.submitter limit 1;
      exit when not found;
    end if;
    if running_limit > 0 then
      -- Counted under a lock, or two workers would both take the last place.
      perform pg_advisory_xact_lock(hashtextextended(lanes[lane], 20240131));
      exit when (select count(*) from backtest.run_leases l where l.submitter = lanes[lane]) >= running_limit;
    end if;
    select q.* into head from (
        select q.ctid as place, q.run_hash, q.rank, q.available_at,
          coalesce(q.submitted_at, q.available_at) as submitted_at
        from backtest.run_queue q
        where q.submitter = lanes[lane] and (q.rank, q.available_at) >= (lane_ranks[lane], lane_times[lane])
          and q.available_at <= now()
        order by q.submitter, q.rank, q.available_at offset 0) q
      where pg_try_advisory_xact_lock(q.run_hash) limit 1;
    if not found then
      exit when cardinality(lanes) <= 1;
      lane_ranks[lane] := 2147483647;  -- others are at all of it
      lane_times[lane] := 'infinity';
      continue;
    end if;
    delete from backtest.run_queue q where q.ctid = head.place and q.run_hash = head.run_hash;
    continue when not found;  -- somebody was faster, and the next look does not see it any more
    lane_ranks[lane] := head.rank;
    lane_times[lane] := head.available_at;
    turn := turn + 1;
    lane_turns[lane] := turn;
    update backtest.runs r set status = 'running', started_at = now()
      where r.submitted_at = head.submitted_at and hashtextextended(r.run_id, 0) = head.run_hash
        and r.status = 'queued'
      returning r.ctid as place, r.run_id, coalesce(r.lease_epoch, 0) + 1 as epoch into run;
    continue when not found;
    claimed := claimed + 1;
    insert into backtest.run_leases (epoch, token, worker_id, place, run_id, submitter, expires_at)
      values (run.epoch, tokens[claimed], claimer, run.place, run.run_id, lanes[lane],
        now() + lease_microseconds * interval '1 microsecond');
    return query select v.* from backtest.run_records v where v.place = run.place;
  end loop;
end
$$;

-- The completed run, also where this same lease completed it before; nothing where the lease is not the run's.
create function backtest.complete_run(lease_run_id text, lease_epoch bigint, lease_token uuid, prefix text,
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
    return query select v.* from backtest.run_records v where v.place = lease.place;
    return;
  end if;
  return query select v.* from backtest.run_records v
    where v.run_id = $1 and v.status = 'completed' and v.lease_epoch = $2 and v.lease_token = $3;
end
$$;

update backtest.schema_version set version = 7, oldest_compatible = 7;
