-- Applied after every `migrate up`. Needs CREATEROLE and the ownership of the schema's objects, no superuser.
do $$
declare
  role_name text;
  -- From 16 on, who creates a role is a member of it by that alone, but may neither act as it nor hand tables to it.
  acts_as constant text := case when current_setting('server_version_num')::integer >= 160000 then 'set' else 'member' end;
begin
  foreach role_name in array array['backtest_owner', 'backtest_migrator', 'backtest_api', 'backtest_worker',
                                   'backtest_readonly', 'backtest_data'] loop
    if not exists (select from pg_roles where rolname = role_name) then
      execute format('create role %I nologin', role_name);
    end if;
  end loop;
  if not (pg_has_role(current_user, 'backtest_owner', acts_as) and pg_has_role(current_user, 'backtest_owner', 'usage'))
  then
    execute format('grant backtest_owner to %I', current_user);
  end if;
  if not pg_has_role('backtest_migrator', 'backtest_owner', acts_as) then
    grant backtest_owner to backtest_migrator;
  end if;
  if exists (select from pg_roles where rolname = 'backtest_service') then
    if not pg_has_role('backtest_service', 'backtest_api', 'usage') then
      grant backtest_api to backtest_service;
    end if;
    if not pg_has_role('backtest_service', 'backtest_worker', 'usage') then
      grant backtest_worker to backtest_service;
    end if;
  end if;
end
$$;

grant usage, create on schema backtest to backtest_owner;
alter table backtest.runs owner to backtest_owner;
alter table backtest.run_queue owner to backtest_owner;
alter table backtest.run_leases owner to backtest_owner;
alter table backtest.run_attempts owner to backtest_owner;
alter table backtest.run_log owner to backtest_owner;
alter view backtest.run_events owner to backtest_owner;
alter view backtest.run_records owner to backtest_owner;
alter table backtest.run_tags owner to backtest_owner;
alter table backtest.run_texts owner to backtest_owner;
alter table backtest.run_text_extent owner to backtest_owner;
alter table backtest.run_numbers owner to backtest_owner;
alter table backtest.run_number_extent owner to backtest_owner;
alter table backtest.run_ends owner to backtest_owner;
alter table backtest.run_notices owner to backtest_owner;
alter table backtest.notices_wanted owner to backtest_owner;
alter table backtest.api_keys owner to backtest_owner;
alter table backtest.audit_events owner to backtest_owner;
alter table backtest.schema_version owner to backtest_owner;
alter table backtest.store_identity owner to backtest_owner;
alter function backtest.guard_run_status() owner to backtest_owner;
alter function backtest.enqueue_inserted_run() owner to backtest_owner;
alter function backtest.remove_run_events() owner to backtest_owner;
alter function backtest.remove_audit_events(integer) owner to backtest_owner;
revoke execute on function backtest.remove_audit_events(integer) from public;
alter function backtest.audit_runs() owner to backtest_owner;
alter function backtest.note_end_of_run() owner to backtest_owner;
alter function backtest.trigrams_of(text) owner to backtest_owner;
alter function backtest.attempts_not_taken_in() owner to backtest_owner;
alter function backtest.first_in_queue(bigint) owner to backtest_owner;
alter function backtest.first_queued_runs(bigint) owner to backtest_owner;
alter function backtest.microseconds(timestamptz) owner to backtest_owner;
alter function backtest.microseconds(timestamptz, timestamptz) owner to backtest_owner;
alter function backtest.time_run_numbers() owner to backtest_owner;
alter function backtest.note_run_time() owner to backtest_owner;
alter function backtest.note_time_without_numbers() owner to backtest_owner;
do $$
declare
  called record;
begin
  for called in select p.oid::regprocedure as function,
        case when p.proname in ('submit_run', 'edit_run', 'extend_run_texts', 'extend_run_numbers') then 'backtest_api'
          else 'backtest_worker' end as caller
      from pg_proc p where p.pronamespace = 'backtest'::regnamespace
      and p.proname in ('submit_run', 'claim_runs', 'complete_run', 'fail_run', 'release_run', 'finish_cancel',
        'reclaim_runs', 'end_lease', 'ended_run', 'edit_run', 'extend_run_texts',
        'extend_run_numbers') loop
    execute format('alter function %s owner to backtest_owner', called.function);
    execute format('revoke execute on function %s from public', called.function);
    execute format('grant execute on function %s to %I', called.function, called.caller);
  end loop;
end
$$;
grant select, insert, update on public.schema_migrations to backtest_owner;

-- Default privileges of an operator's may have given a role, such as backtest_service, rights to write to each new
-- table. To the tables of the Python service (runs) they stay; to ours nobody writes but by the grants below.
do $$
declare
  given record;
begin
  for given in select distinct c.oid::regclass as relation, coalesce(r.rolname, 'public') as grantee
      from pg_class c cross join aclexplode(c.relacl) a left join pg_roles r on r.oid = a.grantee
      where c.relnamespace = 'backtest'::regnamespace and a.grantee <> c.relowner and a.privilege_type <> 'SELECT'
        and c.relname in ('run_queue', 'run_leases', 'run_attempts', 'run_log', 'run_events', 'run_records',
          'schema_version', 'api_keys', 'audit_events', 'run_tags', 'run_texts', 'run_text_extent', 'run_numbers',
          'run_number_extent', 'run_ends', 'run_notices', 'notices_wanted') loop
    if given.grantee = 'public' then
      execute format('revoke insert, update, delete, truncate, references, trigger on %s from public', given.relation);
    else
      execute format('revoke insert, update, delete, truncate, references, trigger on %s from %I', given.relation,
        given.grantee);
    end if;
  end loop;
end
$$;

grant usage on schema backtest to backtest_api, backtest_worker, backtest_readonly;
grant select on all tables in schema backtest to backtest_api, backtest_worker, backtest_readonly;
grant execute on function backtest.audit_runs() to backtest_api, backtest_worker, backtest_readonly;

-- The API submits, edits, cancels and removes, and sends news of what is over; it never holds a lease.
grant insert, update, delete on backtest.runs to backtest_api;
grant insert, delete on backtest.run_queue to backtest_api;
grant update (cancel_requested) on backtest.run_leases to backtest_api;
grant insert on backtest.run_log to backtest_api;
grant insert, delete on backtest.run_tags to backtest_api;
grant insert, update on backtest.run_texts to backtest_api;
grant update on backtest.run_text_extent to backtest_api;
grant insert on backtest.run_numbers to backtest_api;
grant update on backtest.run_number_extent to backtest_api;
grant update, delete on backtest.run_notices to backtest_api;
grant insert, delete on backtest.notices_wanted to backtest_api;

-- Who may call, and what was done: hashes of keys are the API's alone, and an event is written once and for all.
revoke select on backtest.api_keys from backtest_worker, backtest_readonly;
grant insert, update (revoked_at) on backtest.api_keys to backtest_api;
grant insert on backtest.audit_events to backtest_api;
grant execute on function backtest.remove_audit_events(integer) to backtest_api;

-- A worker changes runs and can neither submit nor remove one. `update` on the queue is for its row locks.
grant update on backtest.runs to backtest_worker;
grant insert, update, delete on backtest.run_queue to backtest_worker;
grant insert, update, delete on backtest.run_leases to backtest_worker;
grant insert on backtest.run_attempts to backtest_worker;
grant insert on backtest.run_numbers to backtest_worker;

-- Who reads market data reads that alone, and no run: the role of BACKTEST_DATA_POSTGRES_DSN. What else it may read, such
-- as a view over price tables, the operator grants to it. The schema may belong to the services that write it.
do $$
begin
  grant usage on schema ranking to backtest_data;
  grant select on ranking.composite_signal_daily to backtest_data;
exception when insufficient_privilege then
  raise notice 'the owner of the schema ranking has to grant its tables to backtest_data';
end
$$;
do $$
begin
  if exists (select from pg_roles where rolname = 'backtest_data' and rolconfig is null) then
    alter role backtest_data set default_transaction_read_only = on;
    alter role backtest_data set statement_timeout = '10min';
    alter role backtest_data set idle_in_transaction_session_timeout = '10min';
  end if;
exception when insufficient_privilege then
  raise notice 'no limits set for backtest_data';
end
$$;

-- A service that hangs holds no locks for long. Settings do not pass to members: a role of your own that logs in needs
-- its own. What an operator has set stays.
do $$
declare
  role_name text;
begin
  foreach role_name in array array['backtest_api', 'backtest_worker', 'backtest_readonly', 'backtest_service'] loop
    if exists (select from pg_roles where rolname = role_name and rolconfig is null) then
      begin
        execute format('alter role %I set statement_timeout = %L', role_name, '60s');
        execute format('alter role %I set idle_in_transaction_session_timeout = %L', role_name, '60s');
      exception when insufficient_privilege then
        raise notice 'no timeouts set for %', role_name;
      end;
    end if;
  end loop;
end
$$;
