-- A claim tries the lock of one run after the other in the queue's order, whatever the plan: were the queue sorted
-- after the locks, as an index of an operator's own could bring about, each claim would lock all of it and fail.
--
-- Up to `wanted` runs. A lane is a submitter and where this process claimed from it last: index entries before it that
-- a held snapshot keeps alive are not read again. Highest priority first, then the lane whose turn was longest ago. An
-- advisory lock on the head keeps others off it, where a row lock would be logged; the delete is what claims it.
create or replace function backtest.claim_runs(claimer uuid, lease_microseconds bigint, wanted integer,
  running_limit integer, lanes text[], lane_ranks integer[], lane_times timestamptz[], lane_turns bigint[],
  tokens uuid[])
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

update backtest.schema_version set version = 8, oldest_compatible = 7;
