-- The queue: a run has a row here exactly while it is queued. rank = -priority, so that the key is the claim order.
create table backtest.run_queue (
  submitter text not null,
  rank integer not null,
  available_at timestamptz not null,
  run_id text not null,
  primary key (submitter, rank, available_at, run_id)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

-- The leases: a run has a row here exactly while it is running. No index on what a renewal changes, and room in each
-- page, so that a renewal is a HOT update.
create table backtest.run_leases (
  run_id text primary key,
  epoch bigint not null,
  token uuid not null,
  worker_id text not null,
  submitter text not null,
  claimed_at timestamptz not null default now(),
  expires_at timestamptz not null,
  cancel_requested boolean not null default false,
  progress double precision not null default 0,
  bars_per_second double precision not null default 0,
  progress_date text
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 200);

-- Append-only audit of state changes.
create table backtest.run_events (
  sequence bigint generated always as identity,
  run_id text not null,
  at timestamptz not null default now(),
  state text not null,
  epoch bigint not null,
  detail text not null default '',
  primary key (run_id, sequence)
);

-- The Python service's start-up fails every queued and running run without a look at who holds it. Its statement knows
-- no revision, and so it stops here with an error.
create function backtest.guard_run_status() returns trigger language plpgsql as $$
begin
  if new.revision <= old.revision then
    raise exception 'run % may not go from % to %: revision % was not advanced',
      old.run_id, old.status, new.status, old.revision
      using errcode = 'integrity_constraint_violation',
            hint = 'An old revision of the service writes to a database that replicas share. Stop it.';
  end if;
  return null;
end
$$;
-- After the update: before it, PostgreSQL would write a lock of the row to the log, too.
create trigger guard_run_status after update of status on backtest.runs
  for each row when (old.status is distinct from new.status) execute function backtest.guard_run_status();

-- One way into the queue for everybody who inserts, the Python service included.
create function backtest.enqueue_inserted_run() returns trigger language plpgsql as $$
begin
  insert into backtest.run_queue (submitter, rank, available_at, run_id)
    values (new.submitter, -new.priority, new.available_at, new.run_id);
  insert into backtest.run_events (run_id, state, epoch, detail)
    values (new.run_id, 'queued', new.lease_epoch, 'submitted');
  return null;
end
$$;
create trigger enqueue_inserted_run after insert on backtest.runs
  for each row when (new.status = 'queued') execute function backtest.enqueue_inserted_run();

-- The audit goes with its run and no other way: with its owner's rights, so that no service role may delete events.
create function backtest.remove_run_events() returns trigger language plpgsql security definer
  set search_path = pg_catalog, pg_temp as $$
begin
  delete from backtest.run_events where run_id = old.run_id;
  return null;
end
$$;
create trigger remove_run_events after delete on backtest.runs
  for each row execute function backtest.remove_run_events();

-- What must not exist: a queued run that nobody can claim, a running one that nobody holds.
create function backtest.audit_runs() returns table (run_id text, problem text) language sql stable as $$
  select r.run_id, 'queued without a queue row' from backtest.runs r
    where r.status = 'queued' and not exists (select from backtest.run_queue q where q.submitter = r.submitter
      and q.rank = -r.priority and q.available_at = r.available_at and q.run_id = r.run_id)
  union all
  select r.run_id, 'running without a lease' from backtest.runs r
    where r.status = 'running' and not exists (select from backtest.run_leases l where l.run_id = r.run_id)
  union all
  select l.run_id, 'a lease without a running run' from backtest.run_leases l
    where not exists (select from backtest.runs r where r.run_id = l.run_id and r.status = 'running')
$$;

create table backtest.schema_version (
  singleton boolean primary key default true check (singleton),
  version integer not null,
  oldest_compatible integer not null
);
insert into backtest.schema_version (version, oldest_compatible) values (6, 6);
