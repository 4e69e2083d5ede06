-- Lists by when runs ended and by how long they took. No index of runs may hold a time of its end, or a completion would
-- write to all of them: the times stand where the numbers of completed runs are taken in (0011), and those of runs that
-- never get there, the failed and cancelled ones and what has no number, in a table of their own, written as they end.
-- Programs of schema 7 to 12 go on working beside those of schema 13. Locks: ends of leases wait while the times of all
-- runs are copied and indexed: some seconds on a million runs.
lock table backtest.run_attempts in share mode;
lock table backtest.runs in share row exclusive mode;
alter table backtest.run_numbers
  add column completed_us double precision,  -- microseconds since 1970
  add column duration_us double precision;
create table backtest.run_ends (
  submitted_at timestamptz not null,
  run_hash bigint not null,
  completed_us double precision not null,
  duration_us double precision,  -- null: never started
  primary key (submitted_at, run_hash)
);

create function backtest.microseconds(moment timestamptz) returns double precision language sql stable as $$
  select (extract(epoch from moment) * 1000000)::double precision
$$;
create function backtest.microseconds(began timestamptz, ended timestamptz) returns double precision
  language sql stable as $$
  select (extract(epoch from ended - began) * 1000000)::double precision
$$;

-- The times of a run whose numbers are taken in: whoever takes them in need not know of them.
create function backtest.time_run_numbers() returns trigger language plpgsql
  set enable_seqscan = off set enable_bitmapscan = off set jit = off as $$
begin
  select backtest.microseconds(r.completed_at), backtest.microseconds(r.started_at, r.completed_at)
    into new.completed_us, new.duration_us from backtest.runs r
    where r.submitted_at = new.submitted_at and hashtextextended(r.run_id, 0) = new.run_hash;
  return new;
end
$$;
create trigger time_run_numbers before insert on backtest.run_numbers
  for each row execute function backtest.time_run_numbers();
update backtest.run_numbers n set completed_us = backtest.microseconds(r.completed_at),
    duration_us = backtest.microseconds(r.started_at, r.completed_at)
  from backtest.runs r where r.submitted_at = n.submitted_at and hashtextextended(r.run_id, 0) = n.run_hash;
create index run_numbers_completed on backtest.run_numbers (completed_us, submitted_at) where completed_us is not null;
create index run_numbers_duration on backtest.run_numbers (duration_us, submitted_at) where duration_us is not null;

create function backtest.note_run_time() returns trigger language plpgsql security definer
  set search_path = pg_catalog, pg_temp as $$
begin
  insert into backtest.run_ends (submitted_at, run_hash, completed_us, duration_us)
    values (new.submitted_at, hashtextextended(new.run_id, 0), backtest.microseconds(new.completed_at),
      backtest.microseconds(new.started_at, new.completed_at))
    on conflict (submitted_at, run_hash) do update
      set completed_us = excluded.completed_us, duration_us = excluded.duration_us;
  return null;
end
$$;
create trigger note_run_time after update of status on backtest.runs
  for each row when (new.status in ('failed', 'cancelled') and old.status in ('queued', 'running')
    and new.completed_at is not null)
  execute function backtest.note_run_time();

create function backtest.note_time_without_numbers() returns trigger language plpgsql security definer
  set search_path = pg_catalog, pg_temp as $$
begin
  insert into backtest.run_ends (submitted_at, run_hash, completed_us, duration_us)
    select new.submitted_at, new.run_hash, backtest.microseconds(r.completed_at),
      backtest.microseconds(r.started_at, r.completed_at) from backtest.runs r
      where r.submitted_at = new.submitted_at and hashtextextended(r.run_id, 0) = new.run_hash
    on conflict (submitted_at, run_hash) do nothing;
  return null;
end
$$;
create trigger note_time_without_numbers after insert on backtest.run_attempts
  for each row when (new.ending = 'completed'
    and coalesce(new.total_return, new.sharpe_ratio, new.max_drawdown) is null)
  execute function backtest.note_time_without_numbers();

-- `ended_status` is of runs without a completed attempt.
insert into backtest.run_ends (submitted_at, run_hash, completed_us, duration_us)
  select r.submitted_at, hashtextextended(r.run_id, 0), backtest.microseconds(r.completed_at),
    backtest.microseconds(r.started_at, r.completed_at) from backtest.runs r
    where r.ended_status is not null and r.completed_at is not null
  union all
  select r.submitted_at, a.run_hash, backtest.microseconds(r.completed_at),
    backtest.microseconds(r.started_at, r.completed_at) from backtest.run_attempts a join backtest.runs r
      on r.submitted_at = a.submitted_at and hashtextextended(r.run_id, 0) = a.run_hash
    where a.ending = 'completed' and coalesce(a.total_return, a.sharpe_ratio, a.max_drawdown) is null;
create index run_ends_completed on backtest.run_ends (completed_us, submitted_at);
create index run_ends_duration on backtest.run_ends (duration_us, submitted_at) where duration_us is not null;

-- As in 0011, and the times.
create or replace function backtest.remove_run_events() returns trigger language plpgsql security definer
  set search_path = pg_catalog, pg_temp as $$
begin
  delete from backtest.run_log where run_id = old.run_id;
  delete from backtest.run_attempts
    where submitted_at = old.submitted_at and run_hash = hashtextextended(old.run_id, 0);
  delete from backtest.run_numbers
    where submitted_at = old.submitted_at and run_hash = hashtextextended(old.run_id, 0);
  delete from backtest.run_ends
    where submitted_at = old.submitted_at and run_hash = hashtextextended(old.run_id, 0);
  delete from backtest.run_texts where run_id = old.run_id;
  if old.tags is not null then
    delete from backtest.run_tags t where t.submitted_at = old.submitted_at and t.run_id = old.run_id
      and t.tag in (select json_array_elements_text(old.tags::json));
  end if;
  return null;
end
$$;

update backtest.schema_version set version = 13;
