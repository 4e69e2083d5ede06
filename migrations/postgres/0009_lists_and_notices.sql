-- What people give to a run (tags, a note, another name), and what lists are filtered, sorted and searched by. Programs
-- of schema 7 and 8 go on working beside those of schema 9. Locks: writes to runs and attempts wait while indexes are
-- built, five reads of the tables; some seconds on a million runs.

alter table backtest.runs
  add column strategy text,
  add column tags text,  -- a JSON array of sorted texts; null: none
  add column note text;
create index runs_of_submitter on backtest.runs (submitter, submitted_at, run_id);
create index runs_of_strategy on backtest.runs (strategy, submitted_at, run_id) where strategy is not null;

-- Each tag of each run, in the order of lists.
create table backtest.run_tags (
  tag text not null,
  submitted_at timestamptz not null,
  run_id text not null,
  primary key (tag, submitted_at, run_id)
);

-- The numbers by which runs are sorted. Those of programs before schema 7 are in the wide row, which never gets more.
create index run_attempts_total_return on backtest.run_attempts (total_return, submitted_at)
  where total_return is not null;
create index run_attempts_sharpe_ratio on backtest.run_attempts (sharpe_ratio, submitted_at)
  where sharpe_ratio is not null;
create index run_attempts_max_drawdown on backtest.run_attempts (max_drawdown, submitted_at)
  where max_drawdown is not null;
create index runs_total_return on backtest.runs (total_return, submitted_at) where total_return is not null;
create index runs_sharpe_ratio on backtest.runs (sharpe_ratio, submitted_at) where sharpe_ratio is not null;
create index runs_max_drawdown on backtest.runs (max_drawdown, submitted_at) where max_drawdown is not null;

-- Which runs may hold a text: the trigrams of ids and names, taken in after searches, so that submissions pay nothing.
-- A hint: whoever uses it compares the texts, and what is not taken in yet is looked at as it is.
create table backtest.run_texts (
  run_id text primary key,
  trigrams text[] not null
);
create index run_texts_trigrams on backtest.run_texts using gin (trigrams) with (fastupdate = off);
create table backtest.run_text_extent (
  singleton boolean primary key default true check (singleton),
  indexed_to timestamptz not null default '-infinity'  -- of runs by submission
);
insert into backtest.run_text_extent default values;

create function backtest.trigrams_of(words text) returns text[] language sql immutable as $$
  select coalesce(array_agg(distinct substr(lower(words), i, 3)), '{}') from generate_series(1, length(lower(words)) - 2) i
$$;

-- Takes in about `most` runs more, and says how many there were. What was submitted just now is left, for others may
-- commit an earlier time yet. Nothing where somebody else does the same.
create function backtest.extend_run_texts(most integer) returns bigint language plpgsql as $$
declare
  extent timestamptz := (select e.indexed_to from backtest.run_text_extent e for update skip locked);
  upper_end timestamptz;
  added bigint;
begin
  if extent is null then
    return 0;
  end if;
  select max(n.submitted_at) into upper_end from (
    select r.submitted_at from backtest.runs r
      where r.submitted_at > extent and r.submitted_at < now() - interval '2 minutes'
      order by r.submitted_at limit most) n;
  if upper_end is null then
    return 0;
  end if;
  insert into backtest.run_texts (run_id, trigrams)
    select r.run_id, backtest.trigrams_of(r.run_id || chr(10) || coalesce(r.run_name, '')) from backtest.runs r
      where r.submitted_at > extent and r.submitted_at <= upper_end
    on conflict (run_id) do nothing;
  get diagnostics added = row_count;
  update backtest.run_text_extent set indexed_to = upper_end;
  return added;
end
$$;

-- Submission as in 0007, which programs of before call by their own arguments, with what a run carries from now on.
create function backtest.submit_run(run_id text, run_name text, start_date text, end_date text, output_dir text,
  adls_container text, adls_prefix text, config_json text, effective_config_json text, config_digest bytea,
  config_sha256 text, submitter text, priority integer, idempotency_key text, body_sha256 text, submission_token uuid,
  queue_limit bigint, strategy text, tags text, note text)
  returns timestamptz language plpgsql set plan_cache_mode = force_generic_plan as $$
begin
  if queue_limit > 0 then  -- exact up to the limit, and dear only near it
    if (select count(*) from (select from backtest.run_queue limit queue_limit) q) >= queue_limit then
      return null;
    end if;
  end if;
  insert into backtest.runs (run_id, status, submitted_at, run_name, start_date, end_date, output_dir, adls_container,
      adls_prefix, config_json, effective_config_json, config_digest, config_sha256, submitter, priority,
      idempotency_key, body_sha256, submission_token, available_at, strategy, tags, note)
    values ($1, 'queued', now(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, nullif($13, 0), $14, $15,
      $16, null, $18, $19, $20);
  if $19 is not null then
    insert into backtest.run_tags (tag, submitted_at, run_id)
      select t.tag, now(), $1 from json_array_elements_text($19::json) as t (tag);
  end if;
  return now();
end
$$;

-- What is to change of what people gave; the rest stays. False where there is no such run.
create function backtest.edit_run(edited_run_id text, with_name boolean, name text, with_note boolean, new_note text,
  with_tags boolean, new_tags text) returns boolean language plpgsql as $$
declare
  run backtest.runs;
begin
  select r.* into run from backtest.runs r where r.run_id = $1 for update;
  if not found then
    return false;
  end if;
  if with_tags then
    delete from backtest.run_tags t where t.run_id = run.run_id and t.submitted_at = run.submitted_at
      and t.tag in (select json_array_elements_text(run.tags::json));
    insert into backtest.run_tags (tag, submitted_at, run_id)
      select t.tag, run.submitted_at, run.run_id from json_array_elements_text($7::json) as t (tag);
  end if;
  if with_name then
    insert into backtest.run_texts (run_id, trigrams)
      values ($1, backtest.trigrams_of($1 || chr(10) || coalesce(name, '')))
      on conflict (run_id) do update set trigrams = excluded.trigrams;
  end if;
  update backtest.runs r set run_name = case when with_name then name else r.run_name end,
      note = case when with_note then new_note else r.note end,
      tags = case when with_tags then new_tags else r.tags end,
      revision = coalesce(r.revision, 1) + 1
    where r.run_id = $1;
  return true;
end
$$;

create or replace function backtest.remove_run_events() returns trigger language plpgsql security definer
  set search_path = pg_catalog, pg_temp as $$
begin
  delete from backtest.run_log where run_id = old.run_id;
  delete from backtest.run_attempts
    where submitted_at = old.submitted_at and run_hash = hashtextextended(old.run_id, 0);
  delete from backtest.run_texts where run_id = old.run_id;
  if old.tags is not null then
    delete from backtest.run_tags t where t.submitted_at = old.submitted_at and t.run_id = old.run_id
      and t.tag in (select json_array_elements_text(old.tags::json));
  end if;
  return null;
end
$$;

-- Who is told that a run is over: one row for each such run until somebody has taken the news, where that is wanted.
create table backtest.run_notices (
  run_id text primary key,
  state text not null,
  ended_at timestamptz not null,
  due_at timestamptz not null,
  tries integer not null default 0
);
create index run_notices_due on backtest.run_notices (due_at);
create table backtest.notices_wanted (singleton boolean primary key default true check (singleton));
-- With its owner's rights: whoever may end a run need not be one who sends news of it.
create function backtest.note_end_of_run() returns trigger language plpgsql security definer
  set search_path = pg_catalog, pg_temp as $$
begin
  insert into backtest.run_notices (run_id, state, ended_at, due_at)
    select new.run_id, new.status, coalesce(new.completed_at, now()), now() from backtest.notices_wanted
    on conflict (run_id) do update set state = excluded.state, ended_at = excluded.ended_at, due_at = excluded.due_at,
      tries = 0;  -- of a run of the same id that was removed
  return null;
end
$$;
create trigger note_end_of_run after update of status on backtest.runs
  for each row when (new.status in ('completed', 'failed', 'cancelled') and old.status in ('queued', 'running'))
  execute function backtest.note_end_of_run();

-- As in 0008, with the new columns at the end.
create or replace view backtest.run_records as
select r.run_id, r.status, r.submitted_at, r.started_at, r.completed_at, r.run_name, r.start_date, r.end_date,
  case when r.output_dir is null or r.output_dir like '/%' then r.run_id else r.output_dir end as output_dir,
  r.adls_container, r.adls_prefix, r.error, r.error_code,
  coalesce(encode(r.config_digest, 'hex'), r.config_sha256, '') as config_sha256, r.submitter,
  coalesce(r.priority, 0) as priority,
  coalesce(r.revision, 1) + case when l.run_id is not null then 1 when a.token is not null then 2 else 0 end
    as revision,
  coalesce(r.attempts, 0) + case when l.run_id is not null or a.token is not null then 1 else 0 end as attempts,
  coalesce(r.lost_attempts, 0) as lost_attempts, coalesce(r.failed_attempts, 0) as failed_attempts,
  coalesce(r.cancel_requested, false) as cancel_requested,
  coalesce(r.artifact_prefix, 'attempts/' || a.epoch || '-' || replace(a.token::text, '-', ''),
    case when r.status = 'completed' then '' end) as artifact_prefix,
  coalesce(r.manifest_sha256, encode(a.manifest_digest, 'hex')) as manifest_sha256,
  coalesce(a.total_return, r.total_return) as total_return,
  coalesce(a.annualized_return, r.annualized_return) as annualized_return,
  coalesce(a.annualized_volatility, r.annualized_volatility) as annualized_volatility,
  coalesce(a.sharpe_ratio, r.sharpe_ratio) as sharpe_ratio,
  coalesce(a.max_drawdown, r.max_drawdown) as max_drawdown,
  coalesce(a.final_equity, r.final_equity) as final_equity,
  coalesce(a.trades, r.trades) as trades,
  case when l.run_id is not null then coalesce(l.progress, 0) when r.status = 'completed' then 1
    else coalesce(r.progress, 0) end as progress,
  case when l.run_id is not null then l.progress_date else coalesce(a.progress_date, r.progress_date) end
    as progress_date,
  case when l.run_id is not null then coalesce(l.bars_per_second, 0)
    else coalesce(a.bars_per_second, r.bars_per_second, 0) end as bars_per_second,
  coalesce(r.available_at, r.submitted_at) as available_at,
  coalesce(l.epoch, a.epoch, r.lease_epoch, 0) as lease_epoch,
  coalesce(l.token, a.token, r.lease_token) as lease_token,
  r.ended_status, r.idempotency_key, r.body_sha256, r.submission_token, r.config_json, r.effective_config_json,
  r.ctid as place, r.strategy, r.tags, r.note
from backtest.runs r
  left join backtest.run_leases l on r.status = 'running'
    and hashtextextended(l.run_id, 0) = hashtextextended(r.run_id, 0) and l.run_id = r.run_id
  left join backtest.run_attempts a on r.status = 'completed'
    and a.submitted_at = r.submitted_at and a.run_hash = hashtextextended(r.run_id, 0) and a.ending = 'completed';

update backtest.schema_version set version = 9, oldest_compatible = 7;
