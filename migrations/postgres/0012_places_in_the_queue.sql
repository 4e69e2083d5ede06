-- Which runs of the queue come first. A function for the sake of its plan: the planner expects many runs of each lane, and
-- what it takes for dear is compiled first, for longer than it runs. Programs of schema 7 to 11 go on working beside those
-- of schema 12. Locks: none.

-- About the first `most` runs of the queue, and all that come before them, each with how many do (run_store.hpp,
-- QueuePlaces). A lane is the queue of one submitter and priority. Each lane is walked along the index, in steps of an even
-- share of `most`, until so many runs lie before what it has next: lanes of equal length in one step. Runs that a lane got
-- in the same microsecond are one step; those beyond the share count for nothing there, as they may come later.
create function backtest.first_in_queue(most bigint)
  returns table (available_at timestamptz, run_hash bigint, runs_before bigint) language plpgsql stable rows 1000
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
            select q.available_at, q.run_hash from backtest.run_queue q
              where q.submitter = l.submitter and q.rank = l.rank
              order by q.available_at fetch first (l.share) rows with ties) s) step
      union all
      select w.submitter, w.rank, w.turn, w.share, step.*, w.round + step.place,
          w.known + count(*) filter (where step.place <= w.share) over (order by w.rank)
        from walked w cross join lateral (
          select s.*, row_number() over (order by s.available_at) as place, count(*) over () as size from (
            select q.available_at, q.run_hash from backtest.run_queue q
              where q.submitter = w.submitter and q.rank = w.rank and q.available_at > w.available_at
              order by q.available_at fetch first (w.share) rows with ties) s) step
        where w.place = w.size and w.size >= w.share and w.known < most)
    select w.available_at, w.run_hash, row_number() over (order by w.rank, w.round, w.turn) - 1 from walked w;
end
$$;

update backtest.schema_version set version = 12;
