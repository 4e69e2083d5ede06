-- Runs, as the Python service has them (STO-4).
create table if not exists backtest.runs (
  run_id text primary key,
  status text not null check (status in ('queued', 'running', 'completed', 'failed')),
  submitted_at timestamptz not null default now(),
  started_at timestamptz,
  completed_at timestamptz,
  run_name text,
  start_date text,
  end_date text,
  output_dir text,
  adls_container text,
  adls_prefix text,
  error text,
  config_json text not null,
  effective_config_json text not null
);
create index if not exists idx_backtest_runs_submitted_at on backtest.runs (submitted_at);
create index if not exists idx_backtest_runs_status on backtest.runs (status);

do $$
begin
  if exists (select from pg_roles where rolname = 'backtest_service') then
    grant usage on schema backtest to backtest_service;
    grant select, insert, update, delete on backtest.runs to backtest_service;
  end if;
end
$$;
