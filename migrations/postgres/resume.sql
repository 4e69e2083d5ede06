-- Takes a database over again that release.sql gave back: for `migrate up`. Whatever the Python service did meanwhile
-- with its own statements is as if it had been done before the first takeover.
update backtest.runs set status = 'cancelled', error = nullif(error, 'cancelled')
  where status = 'failed' and ended_status = 'cancelled';
update backtest.runs r set ended_status = r.status
  where r.status in ('completed', 'failed') and r.ended_status is null
    and not exists (select from backtest.run_attempts a where a.submitted_at = r.submitted_at
      and a.run_hash = hashtextextended(r.run_id, 0) and a.ending = 'completed');
-- Of runs that it removed.
delete from backtest.run_log g where not exists (select from backtest.runs r where r.run_id = g.run_id);
delete from backtest.run_attempts a where not exists (select from backtest.runs r
  where r.submitted_at = a.submitted_at and hashtextextended(r.run_id, 0) = a.run_hash);

delete from backtest.run_tags t where not exists (select from backtest.runs r where r.run_id = t.run_id);
delete from backtest.run_texts t where not exists (select from backtest.runs r where r.run_id = t.run_id);
delete from backtest.run_numbers n where not exists (select from backtest.runs r
  where r.submitted_at = n.submitted_at and hashtextextended(r.run_id, 0) = n.run_hash);
delete from backtest.run_ends n where not exists (select from backtest.runs r
  where r.submitted_at = n.submitted_at and hashtextextended(r.run_id, 0) = n.run_hash);
insert into backtest.run_ends (submitted_at, run_hash, completed_us, duration_us)
  select r.submitted_at, hashtextextended(r.run_id, 0), backtest.microseconds(r.completed_at),
    backtest.microseconds(r.started_at, r.completed_at) from backtest.runs r
    where r.ended_status is not null and r.completed_at is not null
  on conflict (submitted_at, run_hash) do nothing;

-- As in 0006, 0007, 0009 and 0013.
create trigger guard_run_status after update of status on backtest.runs
  for each row when (old.status is distinct from new.status and coalesce(new.revision, 1) <= coalesce(old.revision, 1)
    and current_setting('backtest.writer', true) is distinct from 'lease')
  execute function backtest.guard_run_status();
create trigger enqueue_inserted_run after insert on backtest.runs
  for each row when (new.status = 'queued') execute function backtest.enqueue_inserted_run();
create trigger remove_run_events after delete on backtest.runs
  for each row execute function backtest.remove_run_events();
create trigger note_end_of_run after update of status on backtest.runs
  for each row when (new.status in ('completed', 'failed', 'cancelled') and old.status in ('queued', 'running'))
  execute function backtest.note_end_of_run();
create trigger note_run_time after update of status on backtest.runs
  for each row when (new.status in ('failed', 'cancelled') and old.status in ('queued', 'running')
    and new.completed_at is not null)
  execute function backtest.note_run_time();
update backtest.schema_version set oldest_compatible = released_from, released_from = null;
