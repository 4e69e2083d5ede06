-- What tells this database from every other, for as long as its runs live: artifacts name the store that they belong to,
-- and nothing collects those of another one. A dump carries it along.
create table backtest.store_identity (
  singleton boolean primary key default true check (singleton),
  identity uuid not null default gen_random_uuid()
);
insert into backtest.store_identity default values;

update backtest.schema_version set version = 9;
