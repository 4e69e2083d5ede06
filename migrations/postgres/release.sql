-- Gives the database back to the Python service (`migrate release`); resume.sql takes it over again. Our tables stay as
-- they are. Nothing is queued or running: migrate.cpp has seen to that in this transaction, under this lock.
--
-- That service knows no `cancelled`; ended_status still tells which of its failed runs were.
update backtest.runs set status = 'failed', error = coalesce(error, 'cancelled'), revision = coalesce(revision, 1) + 1
  where status = 'cancelled';
drop trigger guard_run_status on backtest.runs;
drop trigger enqueue_inserted_run on backtest.runs;
drop trigger remove_run_events on backtest.runs;
drop trigger note_end_of_run on backtest.runs;
drop trigger note_run_time on backtest.runs;
-- No program of ours claims or starts on it meanwhile.
update backtest.schema_version set released_from = oldest_compatible, oldest_compatible = 2147483647;
