-- Expand: every column is nullable or has a constant default, so that no table is rewritten and the Python service's
-- statements go on working.
--
-- What changes while a run lives comes first and what never does comes last: an update logs the bytes from the first to
-- the last column that it changes.
alter table backtest.runs
  add column if not exists revision bigint not null default 1,
  add column if not exists lease_epoch bigint not null default 0,
  add column if not exists attempts integer not null default 0,
  add column if not exists lost_attempts integer not null default 0,
  add column if not exists failed_attempts integer not null default 0,
  add column if not exists cancel_requested boolean not null default false,
  add column if not exists lease_end text not null default 'none',
  add column if not exists lease_token uuid,
  add column if not exists ended_status text,  -- the status once it is final: what lists and counts look up
  add column if not exists error_code text,
  add column if not exists artifact_prefix text,
  add column if not exists manifest_sha256 text,
  add column if not exists total_return double precision,
  add column if not exists annualized_return double precision,
  add column if not exists annualized_volatility double precision,
  add column if not exists sharpe_ratio double precision,
  add column if not exists max_drawdown double precision,
  add column if not exists final_equity double precision,
  add column if not exists trades bigint,
  add column if not exists progress double precision not null default 0,
  add column if not exists progress_date text,
  add column if not exists bars_per_second double precision not null default 0,
  add column if not exists available_at timestamptz not null default now(),
  add column if not exists priority integer not null default 0,
  add column if not exists submitter text not null default '',
  add column if not exists config_sha256 text,
  add column if not exists idempotency_key text,
  add column if not exists body_sha256 text,
  add column if not exists submission_token uuid;

-- The config texts move out of the row, so that a change of state does not write them again.
alter table backtest.runs set (toast_tuple_target = 128, fillfactor = 85);

alter table backtest.runs drop constraint if exists runs_status_check;
alter table backtest.runs add constraint runs_status_check
  check (status in ('queued', 'running', 'completed', 'failed', 'cancelled')) not valid;
alter table backtest.runs validate constraint runs_status_check;

-- No index may hold what a claim changes, so that a claim is a HOT update: lists go by the final status.
update backtest.runs set ended_status = status where status in ('completed', 'failed') and ended_status is null;
create index if not exists idx_backtest_runs_ended on backtest.runs (ended_status, submitted_at, run_id);
drop index if exists backtest.idx_backtest_runs_status;

create unique index if not exists idx_backtest_runs_idempotency_key
  on backtest.runs (submitter, idempotency_key) where idempotency_key is not null;
