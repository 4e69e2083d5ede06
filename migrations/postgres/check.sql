-- Everything that a database with all migrations may lack all the same, one problem a row: for `migrate check`.
select problem from (
  select 'the database was given back to the previous service; `backtest migrate up` takes it over again' as problem
  from backtest.schema_version where released_from is not null
  union all
  select 'the database has the encoding ' || current_setting('server_encoding') || ', which lacks characters that '
    || 'configs may have: it needs UTF8'
  where current_setting('server_encoding') not in ('UTF8', 'SQL_ASCII')
  union all
  select 'synchronous_commit is ' || current_setting('synchronous_commit')
    || ': what was acknowledged may be gone after a crash of the server'
  where current_setting('synchronous_commit') = 'off'
  union all
  select 'session_replication_role is replica: no trigger fires, and no run is queued'
  where current_setting('session_replication_role') = 'replica'
  union all
  select 'the trigger ' || t.name || ' on backtest.runs is missing or disabled'
  from (values ('guard_run_status'), ('enqueue_inserted_run'), ('remove_run_events'),
    ('note_end_of_run'), ('note_run_time')) as t (name)
  where not exists (select from pg_trigger g
    where g.tgrelid = to_regclass('backtest.runs') and g.tgname = t.name and g.tgenabled in ('O', 'A'))
  union all
  select 'the function backtest.' || f.name || ' is missing'
  from (values ('submit_run'), ('claim_runs'), ('complete_run'), ('fail_run'), ('release_run'), ('finish_cancel'),
    ('reclaim_runs'), ('end_lease'), ('ended_run'), ('audit_runs'), ('guard_run_status'), ('enqueue_inserted_run'),
    ('remove_run_events'), ('note_end_of_run'), ('edit_run'), ('extend_run_texts'), ('trigrams_of'),
    ('remove_audit_events'), ('extend_run_numbers'), ('attempts_not_taken_in'),
    ('first_in_queue'), ('first_queued_runs'), ('time_run_numbers'), ('note_run_time'), ('note_time_without_numbers')) as f (name)
  where (select count(*) from pg_proc p where p.pronamespace = to_regnamespace('backtest') and p.proname = f.name) <
    case f.name when 'submit_run' then 2 else 1 end  -- programs of before call one of its own
  union all
  select 'backtest.' || t.name || ' is missing'
  from (values ('runs'), ('run_queue'), ('run_leases'), ('run_attempts'), ('run_log'), ('run_events'), ('run_records'),
    ('store_identity'), ('run_tags'), ('run_texts'), ('run_text_extent'), ('run_notices'), ('notices_wanted'),
    ('api_keys'), ('audit_events'), ('run_numbers'), ('run_number_extent'), ('run_ends')) as t (name)
  where to_regclass('backtest.' || t.name) is null
  union all
  select 'the role ' || n.name || ' is missing: the grants were not applied'
  from (values ('backtest_owner'), ('backtest_migrator'), ('backtest_api'), ('backtest_worker'), ('backtest_readonly'))
    as n (name)
  where not exists (select from pg_roles r where r.rolname = n.name)
  union all
  select c.oid::regclass || ' does not belong to backtest_owner'
  from pg_class c
  where c.relnamespace = to_regnamespace('backtest') and pg_get_userbyid(c.relowner) <> 'backtest_owner'
    and c.relname in ('runs', 'run_queue', 'run_leases', 'run_attempts', 'run_log', 'run_events', 'run_records',
      'schema_version', 'store_identity', 'run_tags', 'run_texts', 'run_text_extent', 'run_notices', 'notices_wanted',
      'api_keys', 'audit_events', 'run_numbers', 'run_number_extent', 'run_ends')
  union all
  select g.role || ' may not ' || g.privilege || ' ' || g.relation
  from (values ('backtest_api', 'insert', 'backtest.runs'), ('backtest_api', 'update', 'backtest.runs'),
      ('backtest_api', 'delete', 'backtest.runs'), ('backtest_api', 'insert', 'backtest.run_queue'),
      ('backtest_api', 'delete', 'backtest.run_queue'), ('backtest_api', 'insert', 'backtest.run_log'),
      ('backtest_api', 'insert', 'backtest.run_tags'), ('backtest_api', 'delete', 'backtest.run_tags'),
      ('backtest_api', 'update', 'backtest.run_texts'), ('backtest_api', 'update', 'backtest.run_text_extent'),
      ('backtest_api', 'insert', 'backtest.run_numbers'), ('backtest_api', 'update', 'backtest.run_number_extent'),
      ('backtest_worker', 'insert', 'backtest.run_numbers'),
      ('backtest_api', 'delete', 'backtest.run_notices'), ('backtest_api', 'insert', 'backtest.notices_wanted'),
      ('backtest_api', 'insert', 'backtest.audit_events'), ('backtest_api', 'select', 'backtest.api_keys'),
      ('backtest_api', 'insert', 'backtest.api_keys'),
      ('backtest_api', 'select', 'backtest.run_records'), ('backtest_worker', 'update', 'backtest.runs'),
      ('backtest_worker', 'insert', 'backtest.run_queue'), ('backtest_worker', 'delete', 'backtest.run_queue'),
      ('backtest_worker', 'insert', 'backtest.run_leases'), ('backtest_worker', 'update', 'backtest.run_leases'),
      ('backtest_worker', 'delete', 'backtest.run_leases'), ('backtest_worker', 'insert', 'backtest.run_attempts'),
      ('backtest_worker', 'select', 'backtest.run_records'), ('backtest_readonly', 'select', 'backtest.run_records'))
    as g (role, privilege, relation)
  join pg_roles r on r.rolname = g.role
  where to_regclass(g.relation) is not null and not has_table_privilege(r.oid, to_regclass(g.relation), g.privilege)
  union all
  select r.rolname || ' may not call ' || p.oid::regprocedure
  from pg_proc p join pg_roles r
    on r.rolname = case when p.proname in ('submit_run', 'edit_run', 'extend_run_texts',
      'extend_run_numbers', 'remove_audit_events') then 'backtest_api'
      else 'backtest_worker' end
  where p.pronamespace = to_regnamespace('backtest') and p.proname in ('submit_run', 'claim_runs', 'complete_run',
      'fail_run', 'release_run', 'finish_cancel', 'reclaim_runs', 'end_lease', 'ended_run', 'edit_run', 'extend_run_texts',
      'extend_run_numbers', 'remove_audit_events')
    and not has_function_privilege(r.oid, p.oid, 'execute')
  union all
  select coalesce(r.rolname, 'everybody') || ' may ' || lower(a.privilege_type) || ' ' || c.oid::regclass
    || ', which only grows'
  from pg_class c cross join aclexplode(c.relacl) a left join pg_roles r on r.oid = a.grantee
  where c.relnamespace = to_regnamespace('backtest') and c.relname in ('run_attempts', 'run_log', 'audit_events')
    and a.grantee <> c.relowner and a.privilege_type in ('UPDATE', 'DELETE', 'TRUNCATE')
) as problems order by problem
