-- Keys of the API, and what callers did (run_store/access_records.hpp). Nothing of a run refers to either.
create table api_keys (
  key_id text primary key,
  name text not null,
  scopes text not null,
  secret_sha256 text not null,
  created_at integer not null,
  expires_at integer,
  revoked_at integer
) strict;

create table audit_events (
  sequence integer primary key autoincrement,
  at integer not null,
  action text not null,
  caller text not null,
  address text not null,
  request_id text not null,
  run_id text not null,
  detail text not null
) strict;
create index audit_events_of_run on audit_events (run_id, sequence) where run_id <> '';
create index audit_events_of_caller on audit_events (caller, sequence);
create index audit_events_by_time on audit_events (at);

-- The audit only grows; the retention takes what is older than a day at least.
create trigger audit_never_changes before update on audit_events begin
  select raise(abort, 'the audit only grows');
end;
create trigger audit_keeps_what_is_new before delete on audit_events
  when old.at > (unixepoch() - 86400) * 1000000 begin
  select raise(abort, 'the audit only grows');
end;
