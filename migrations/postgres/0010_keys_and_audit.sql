-- Keys of the API, and what callers did (run_store/access_records.hpp). Nothing of a run refers to either, and programs of
-- schema 7 to 9 go on working beside those of schema 10. Locks: none that anybody waits for.
create table backtest.api_keys (
  key_id text primary key,
  name text not null,
  scopes text not null,
  secret_sha256 text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz
);

create table backtest.audit_events (
  sequence bigint generated always as identity primary key,
  at timestamptz not null default now(),
  action text not null,
  caller text not null,
  address text not null,
  request_id text not null,
  run_id text not null,
  detail text not null
);
create index audit_events_of_run on backtest.audit_events (run_id, sequence) where run_id <> '';
create index audit_events_of_caller on backtest.audit_events (caller, sequence);
create index audit_events_by_time on backtest.audit_events (at);

-- The audit only grows: no role but the owner may change or remove an event. The retention takes what is older than a
-- day at least, by this function with its owner's rights.
create function backtest.remove_audit_events(older_than_days integer) returns bigint language plpgsql
  security definer set search_path = pg_catalog, pg_temp as $$
declare
  removed bigint;
begin
  delete from backtest.audit_events where at < now() - greatest(older_than_days, 1) * interval '1 day';
  get diagnostics removed = row_count;
  return removed;
end
$$;

update backtest.schema_version set version = 10, oldest_compatible = 7;
