-- Ranking signals (MIG-2): other services write and read them; this one only keeps their shape.
create table if not exists ranking.ranking_signal (
  date date not null,
  year_month text not null,
  symbol text not null,
  strategy text not null,
  rank integer not null,
  rank_percentile double precision not null,
  n_symbols integer not null,
  score double precision,
  primary key (date, symbol, strategy)
);
create index if not exists idx_ranking_signal_year_month on ranking.ranking_signal (year_month);
create index if not exists idx_ranking_signal_symbol_date on ranking.ranking_signal (symbol, date);

create table if not exists ranking.composite_signal_daily (
  date date not null,
  year_month text not null,
  symbol text not null,
  composite_percentile double precision not null,
  composite_rank integer not null,
  strategies_present integer not null,
  strategies_hit integer not null,
  primary key (date, symbol)
);
create index if not exists idx_composite_signal_daily_year_month on ranking.composite_signal_daily (year_month);
create index if not exists idx_composite_signal_daily_symbol_date on ranking.composite_signal_daily (symbol, date);

create table if not exists ranking.signal_sync_state (
  year_month text primary key,
  synced_at timestamptz,
  signals_rows integer,
  composite_rows integer,
  status text,
  error text
);

do $$
begin
  if exists (select from pg_roles where rolname = 'ranking_writer') then
    grant usage on schema ranking to ranking_writer;
    grant select, insert, update, delete on all tables in schema ranking to ranking_writer;
  end if;
end
$$;
