-- Lists by when runs ended and by how long they took.
alter table run_records add column duration integer generated always as (completed_at - started_at) virtual;
create index run_list_by_completed_at on run_records (completed_at, submitted_at, run_id)
  where completed_at is not null;
create index run_list_by_duration on run_records (duration, submitted_at, run_id) where duration is not null;
