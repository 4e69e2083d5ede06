CREATE SCHEMA backtest;

ALTER SCHEMA backtest OWNER TO postgres;

CREATE SCHEMA ranking;

ALTER SCHEMA ranking OWNER TO postgres;

CREATE TYPE backtest.attempt_ending AS ENUM (
    'completed',
    'failed',
    'retried',
    'released',
    'cancelled',
    'lost'
);

ALTER TYPE backtest.attempt_ending OWNER TO postgres;

CREATE TYPE backtest.run_state AS ENUM (
    'queued',
    'running',
    'completed',
    'failed',
    'cancelled'
);

ALTER TYPE backtest.run_state OWNER TO postgres;

CREATE TABLE backtest.run_attempts (
    submitted_at timestamp with time zone NOT NULL,
    run_hash bigint NOT NULL,
    claimed_at timestamp with time zone,
    ended_at timestamp with time zone,
    total_return double precision,
    annualized_return double precision,
    annualized_volatility double precision,
    sharpe_ratio double precision,
    max_drawdown double precision,
    final_equity double precision,
    bars_per_second double precision,
    trades integer,
    epoch integer NOT NULL,
    ending backtest.attempt_ending NOT NULL,
    state backtest.run_state,
    token uuid NOT NULL,
    worker_id uuid NOT NULL,
    manifest_digest bytea,
    progress_date text,
    error_code text
);

ALTER TABLE backtest.run_attempts OWNER TO backtest_owner;

CREATE FUNCTION backtest.attempts_not_taken_in() RETURNS SETOF backtest.run_attempts
    LANGUAGE plpgsql STABLE ROWS 200
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS $$
begin
  return query select a.* from backtest.run_attempts a
    where a.submitted_at > (select e.taken_to from backtest.run_number_extent e) and a.ending = 'completed';
end
$$;

ALTER FUNCTION backtest.attempts_not_taken_in() OWNER TO backtest_owner;

CREATE FUNCTION backtest.audit_runs() RETURNS TABLE(run_id text, problem text)
    LANGUAGE sql STABLE
    AS $$
  select r.run_id, 'queued without a queue row' from backtest.runs r
    where r.status = 'queued' and not exists (select from backtest.run_queue q where q.submitter = r.submitter
      and q.rank = -coalesce(r.priority, 0) and q.available_at = coalesce(r.available_at, r.submitted_at)
      and q.run_hash = hashtextextended(r.run_id, 0))
  union all
  select r.run_id, 'running without a lease' from backtest.runs r
    where r.status = 'running' and not exists (select from backtest.run_leases l where l.run_id = r.run_id)
  union all
  select l.run_id, 'a lease without a running run' from backtest.run_leases l
    where not exists (select from backtest.runs r where r.run_id = l.run_id and r.status = 'running')
  union all
  select l.run_id, 'more than one lease' from backtest.run_leases l group by l.run_id having count(*) > 1
$$;

ALTER FUNCTION backtest.audit_runs() OWNER TO backtest_owner;

CREATE TABLE backtest.run_leases (
    token uuid NOT NULL,
    worker_id uuid NOT NULL,
    place tid,
    cancel_requested boolean DEFAULT false NOT NULL,
    run_id text NOT NULL,
    submitter text NOT NULL,
    epoch integer NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    progress double precision,
    bars_per_second double precision,
    progress_date text,
    progress_nav double precision
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='200');

ALTER TABLE backtest.run_leases OWNER TO backtest_owner;

CREATE TABLE backtest.runs (
    run_id text NOT NULL,
    status text NOT NULL,
    submitted_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    started_at timestamp with time zone,
    completed_at timestamp with time zone,
    run_name text,
    start_date text,
    end_date text,
    output_dir text,
    adls_container text,
    adls_prefix text,
    error text,
    config_json text NOT NULL,
    effective_config_json text NOT NULL,
    revision bigint,
    lease_epoch bigint,
    attempts integer,
    lost_attempts integer,
    failed_attempts integer,
    cancel_requested boolean,
    lease_end text,
    lease_token uuid,
    ended_status text,
    error_code text,
    artifact_prefix text,
    manifest_sha256 text,
    total_return double precision,
    annualized_return double precision,
    annualized_volatility double precision,
    sharpe_ratio double precision,
    max_drawdown double precision,
    final_equity double precision,
    trades bigint,
    progress double precision,
    progress_date text,
    bars_per_second double precision,
    available_at timestamp with time zone DEFAULT now(),
    priority integer DEFAULT 0,
    submitter text DEFAULT ''::text NOT NULL,
    config_sha256 text,
    idempotency_key text,
    body_sha256 text,
    submission_token uuid,
    config_digest bytea,
    strategy text,
    tags text,
    note text,
    progress_nav double precision,
    CONSTRAINT runs_status_check CHECK ((status = ANY (ARRAY['queued'::text, 'running'::text, 'completed'::text, 'failed'::text, 'cancelled'::text])))
)
WITH (toast_tuple_target='128', fillfactor='70');

ALTER TABLE backtest.runs OWNER TO backtest_owner;

CREATE VIEW backtest.run_records AS
 SELECT r.run_id,
    r.status,
    r.submitted_at,
    r.started_at,
    r.completed_at,
    r.run_name,
    r.start_date,
    r.end_date,
        CASE
            WHEN ((r.output_dir IS NULL) OR (r.output_dir ~~ '/%'::text)) THEN r.run_id
            ELSE r.output_dir
        END AS output_dir,
    r.adls_container,
    r.adls_prefix,
    r.error,
    r.error_code,
    COALESCE(encode(r.config_digest, 'hex'::text), r.config_sha256, ''::text) AS config_sha256,
    r.submitter,
    COALESCE(r.priority, 0) AS priority,
    (COALESCE(r.revision, (1)::bigint) +
        CASE
            WHEN (l.run_id IS NOT NULL) THEN 1
            WHEN (a.token IS NOT NULL) THEN 2
            ELSE 0
        END) AS revision,
    (COALESCE(r.attempts, 0) +
        CASE
            WHEN ((l.run_id IS NOT NULL) OR (a.token IS NOT NULL)) THEN 1
            ELSE 0
        END) AS attempts,
    COALESCE(r.lost_attempts, 0) AS lost_attempts,
    COALESCE(r.failed_attempts, 0) AS failed_attempts,
    COALESCE(r.cancel_requested, false) AS cancel_requested,
    COALESCE(r.artifact_prefix, ((('attempts/'::text || a.epoch) || '-'::text) || replace((a.token)::text, '-'::text, ''::text)),
        CASE
            WHEN (r.status = 'completed'::text) THEN ''::text
            ELSE NULL::text
        END) AS artifact_prefix,
    COALESCE(r.manifest_sha256, encode(a.manifest_digest, 'hex'::text)) AS manifest_sha256,
    COALESCE(a.total_return, r.total_return) AS total_return,
    COALESCE(a.annualized_return, r.annualized_return) AS annualized_return,
    COALESCE(a.annualized_volatility, r.annualized_volatility) AS annualized_volatility,
    COALESCE(a.sharpe_ratio, r.sharpe_ratio) AS sharpe_ratio,
    COALESCE(a.max_drawdown, r.max_drawdown) AS max_drawdown,
    COALESCE(a.final_equity, r.final_equity) AS final_equity,
    COALESCE((a.trades)::bigint, r.trades) AS trades,
        CASE
            WHEN (l.run_id IS NOT NULL) THEN COALESCE(l.progress, (0)::double precision)
            WHEN (r.status = 'completed'::text) THEN (1)::double precision
            ELSE COALESCE(r.progress, (0)::double precision)
        END AS progress,
        CASE
            WHEN (l.run_id IS NOT NULL) THEN l.progress_date
            ELSE COALESCE(a.progress_date, r.progress_date)
        END AS progress_date,
        CASE
            WHEN (l.run_id IS NOT NULL) THEN COALESCE(l.bars_per_second, (0)::double precision)
            ELSE COALESCE(a.bars_per_second, r.bars_per_second, (0)::double precision)
        END AS bars_per_second,
    COALESCE(r.available_at, r.submitted_at) AS available_at,
    COALESCE((l.epoch)::bigint, (a.epoch)::bigint, r.lease_epoch, (0)::bigint) AS lease_epoch,
    COALESCE(l.token, a.token, r.lease_token) AS lease_token,
    r.ended_status,
    r.idempotency_key,
    r.body_sha256,
    r.submission_token,
    r.config_json,
    r.effective_config_json,
    r.ctid AS place,
    r.strategy,
    r.tags,
    r.note,
        CASE
            WHEN (l.run_id IS NOT NULL) THEN l.progress_nav
            ELSE r.progress_nav
        END AS progress_nav
   FROM ((backtest.runs r
     LEFT JOIN backtest.run_leases l ON (((r.status = 'running'::text) AND (hashtextextended(l.run_id, (0)::bigint) = hashtextextended(r.run_id, (0)::bigint)) AND (l.run_id = r.run_id))))
     LEFT JOIN backtest.run_attempts a ON (((r.status = 'completed'::text) AND (a.submitted_at = r.submitted_at) AND (a.run_hash = hashtextextended(r.run_id, (0)::bigint)) AND (a.ending = 'completed'::backtest.attempt_ending))));

ALTER TABLE backtest.run_records OWNER TO backtest_owner;

CREATE FUNCTION backtest.claim_runs(claimer uuid, lease_microseconds bigint, wanted integer, running_limit integer, lanes text[], lane_ranks integer[], lane_times timestamp with time zone[], lane_turns bigint[], tokens uuid[]) RETURNS SETOF backtest.run_records
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS $$
declare
  writer text := set_config('backtest.writer', 'lease', true);  -- for this transaction
  lane bigint := 1;
  turn bigint := (select max(t) from unnest(lane_turns) t);
  claimed integer := 0;
  head record;
  run record;
begin
  while claimed < wanted loop
    if cardinality(lanes) > 1 or running_limit > 0 then
      select s.lane into lane
        from unnest(lanes, lane_ranks, lane_times, lane_turns) with ordinality
          as s (submitter, rank, available_at, turn, lane),
        lateral (select q.rank from backtest.run_queue q where q.submitter = s.submitter
          and (q.rank, q.available_at) >= (s.rank, s.available_at) and q.available_at <= now()
          order by q.submitter, q.rank, q.available_at limit 1) h
        where running_limit <= 0
          or (select count(*) from backtest.run_leases l where l.submitter = s.submitter) < running_limit
        order by h.rank, s.turn, s.submitter limit 1;
      exit when not found;
    end if;
    if running_limit > 0 then
      -- Counted under a lock, or two workers would both take the last place.
      perform pg_advisory_xact_lock(hashtextextended(lanes[lane], 20240131));
      exit when (select count(*) from backtest.run_leases l where l.submitter = lanes[lane]) >= running_limit;
    end if;
    select q.* into head from (
        select q.ctid as place, q.run_hash, q.rank, q.available_at,
          coalesce(q.submitted_at, q.available_at) as submitted_at
        from backtest.run_queue q
        where q.submitter = lanes[lane] and (q.rank, q.available_at) >= (lane_ranks[lane], lane_times[lane])
          and q.available_at <= now()
        order by q.submitter, q.rank, q.available_at offset 0) q
      where pg_try_advisory_xact_lock(q.run_hash) limit 1;
    if not found then
      exit when cardinality(lanes) <= 1;
      lane_ranks[lane] := 2147483647;  -- others are at all of it
      lane_times[lane] := 'infinity';
      continue;
    end if;
    delete from backtest.run_queue q where q.ctid = head.place and q.run_hash = head.run_hash;
    continue when not found;  -- somebody was faster, and the next look does not see it any more
    lane_ranks[lane] := head.rank;
    lane_times[lane] := head.available_at;
    turn := turn + 1;
    lane_turns[lane] := turn;
    update backtest.runs r set status = 'running', started_at = now()
      where r.submitted_at = head.submitted_at and hashtextextended(r.run_id, 0) = head.run_hash
        and r.status = 'queued'
      returning r.ctid as place, r.run_id, coalesce(r.lease_epoch, 0) + 1 as epoch into run;
    continue when not found;
    claimed := claimed + 1;
    insert into backtest.run_leases (epoch, token, worker_id, place, run_id, submitter, expires_at)
      values (run.epoch, tokens[claimed], claimer, run.place, run.run_id, lanes[lane],
        now() + lease_microseconds * interval '1 microsecond');
    return query select v.* from backtest.run_records v where v.place = run.place;
  end loop;
end
$$;

ALTER FUNCTION backtest.claim_runs(claimer uuid, lease_microseconds bigint, wanted integer, running_limit integer, lanes text[], lane_ranks integer[], lane_times timestamp with time zone[], lane_turns bigint[], tokens uuid[]) OWNER TO backtest_owner;

CREATE FUNCTION backtest.complete_run(lease_run_id text, lease_epoch bigint, lease_token uuid, prefix text, manifest_sha256 text, manifest_digest bytea, total_return double precision, annualized_return double precision, annualized_volatility double precision, sharpe_ratio double precision, max_drawdown double precision, final_equity double precision, trades bigint, container text, container_prefix text) RETURNS SETOF backtest.run_records
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS $_$
declare
  writer text := set_config('backtest.writer', 'lease', true);  -- for this transaction
  lease backtest.run_leases;
  run_submitted_at timestamptz;
begin
  delete from backtest.run_leases l where hashtextextended(l.run_id, 0) = hashtextextended($1, 0) and l.run_id = $1
    and l.epoch = $2 and l.token = $3 and l.expires_at > now() returning l.* into lease;
  if found then
    -- At the place that the claim told, unless the row was changed since. A look through an index would also prune the
    -- page, which is logged; the next claim on it does that for both.
    loop
      update backtest.runs r set status = 'completed', completed_at = now(),
          adls_container = coalesce($14, r.adls_container), adls_prefix = coalesce($15, r.adls_prefix),
          artifact_prefix = nullif($4, 'attempts/' || $2 || '-' || replace($3::text, '-', '')), manifest_sha256 = $5
        where r.ctid = lease.place and r.run_id = $1 and r.status = 'running'
        returning r.ctid, r.submitted_at into lease.place, run_submitted_at;
      exit when found;
      select r.ctid into lease.place from backtest.runs r where r.run_id = $1 and r.status = 'running' for update;
      if not found then
        return;
      end if;
    end loop;
    insert into backtest.run_attempts (submitted_at, run_hash, epoch, ending, token, worker_id, manifest_digest,
        total_return, annualized_return, annualized_volatility, sharpe_ratio, max_drawdown, final_equity, trades,
        bars_per_second, progress_date)
      values (run_submitted_at, hashtextextended($1, 0), $2, 'completed', $3, lease.worker_id, $6,
        $7, $8, $9, $10, $11, $12, $13, lease.bars_per_second, lease.progress_date);
    if coalesce($7, $10, $11) is not null then
      perform pg_advisory_xact_lock_shared(20240201);
      insert into backtest.run_numbers (submitted_at, run_hash, total_return, sharpe_ratio, max_drawdown)
        select run_submitted_at, hashtextextended($1, 0), $7, $10, $11 from backtest.run_number_extent e
          where run_submitted_at <= e.announced_to
        on conflict do nothing;
    end if;
    return query select v.* from backtest.run_records v where v.place = lease.place;
    return;
  end if;
  return query select v.* from backtest.run_records v
    where v.run_id = $1 and v.status = 'completed' and v.lease_epoch = $2 and v.lease_token = $3;
end
$_$;

ALTER FUNCTION backtest.complete_run(lease_run_id text, lease_epoch bigint, lease_token uuid, prefix text, manifest_sha256 text, manifest_digest bytea, total_return double precision, annualized_return double precision, annualized_volatility double precision, sharpe_ratio double precision, max_drawdown double precision, final_equity double precision, trades bigint, container text, container_prefix text) OWNER TO backtest_owner;

CREATE FUNCTION backtest.edit_run(edited_run_id text, with_name boolean, name text, with_note boolean, new_note text, with_tags boolean, new_tags text) RETURNS boolean
    LANGUAGE plpgsql
    AS $_$
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
$_$;

ALTER FUNCTION backtest.edit_run(edited_run_id text, with_name boolean, name text, with_note boolean, new_note text, with_tags boolean, new_tags text) OWNER TO backtest_owner;

CREATE FUNCTION backtest.end_lease(lease backtest.run_leases, run backtest.runs, next_status text, ending backtest.attempt_ending, lost integer, failed integer, code text, message text, due timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS $$
declare
  waits boolean := next_status = 'queued';
begin
  -- What is queued again has not started, and has no progress; what is over keeps the last that was told.
  update backtest.runs r set status = next_status, ended_status = nullif(next_status, 'queued'),
      lease_epoch = lease.epoch, attempts = coalesce(r.attempts, 0) + 1, revision = coalesce(r.revision, 1) + 2,
      lost_attempts = nullif(coalesce(r.lost_attempts, 0) + lost, 0),
      failed_attempts = nullif(coalesce(r.failed_attempts, 0) + failed, 0),
      started_at = case when not waits then r.started_at end,
      completed_at = case when not waits then now() end,
      available_at = case when waits then due else r.available_at end,
      progress = case when not waits then lease.progress end,
      progress_date = case when not waits then lease.progress_date end,
      bars_per_second = case when not waits then lease.bars_per_second end,
      progress_nav = case when not waits then lease.progress_nav end,
      error_code = case when next_status = 'failed' then code end,
      error = case when next_status = 'failed' then message end
    where r.run_id = run.run_id;
  if waits then
    insert into backtest.run_queue (available_at, run_hash, submitted_at, rank, submitter)
      values (coalesce(due, run.submitted_at), hashtextextended(run.run_id, 0),
        nullif(run.submitted_at, coalesce(due, run.submitted_at)), -coalesce(run.priority, 0), run.submitter);
  end if;
  insert into backtest.run_attempts (submitted_at, run_hash, claimed_at, ended_at, epoch, ending, state, token,
      worker_id, error_code)
    values (run.submitted_at, hashtextextended(run.run_id, 0), run.started_at, now(), lease.epoch, ending,
      nullif(next_status, ending::text)::backtest.run_state, lease.token, lease.worker_id,
      case when ending in ('failed', 'retried') then code end);
end
$$;

ALTER FUNCTION backtest.end_lease(lease backtest.run_leases, run backtest.runs, next_status text, ending backtest.attempt_ending, lost integer, failed integer, code text, message text, due timestamp with time zone) OWNER TO backtest_owner;

CREATE FUNCTION backtest.ended_run(lease_run_id text, lease_epoch bigint, lease_token uuid, endings backtest.attempt_ending[]) RETURNS SETOF backtest.run_records
    LANGUAGE sql STABLE
    AS $_$
  select v.* from backtest.run_records v join backtest.run_attempts a
    on a.submitted_at = v.submitted_at and a.run_hash = hashtextextended(v.run_id, 0)
    where v.run_id = $1 and a.epoch = $2 and a.token = $3 and v.lease_epoch = a.epoch and a.ending = any($4)
$_$;

ALTER FUNCTION backtest.ended_run(lease_run_id text, lease_epoch bigint, lease_token uuid, endings backtest.attempt_ending[]) OWNER TO backtest_owner;

CREATE FUNCTION backtest.enqueue_inserted_run() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  insert into backtest.run_queue (available_at, run_hash, submitted_at, rank, submitter)
    values (coalesce(new.available_at, new.submitted_at), hashtextextended(new.run_id, 0),
      case when new.available_at <> new.submitted_at then new.submitted_at end, -coalesce(new.priority, 0),
      new.submitter);
  return null;
end
$$;

ALTER FUNCTION backtest.enqueue_inserted_run() OWNER TO backtest_owner;

CREATE FUNCTION backtest.extend_run_numbers(most integer, fewest integer) RETURNS boolean
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    SET lock_timeout TO '100ms'
    AS $$
declare
  extent backtest.run_number_extent;
  upper_end timestamptz;
begin
  select e.* into extent from backtest.run_number_extent e;
  if extent.announced_to = extent.taken_to then
    select max(n.submitted_at) into upper_end from (
      select a.submitted_at from backtest.run_attempts a where a.submitted_at > extent.taken_to
        order by a.submitted_at limit most) n
      having count(*) >= fewest;
    if upper_end is null then
      return false;
    end if;
  end if;
  perform from backtest.run_number_extent e where e.taken_to = extent.taken_to
    and e.announced_to = extent.announced_to for update skip locked;
  if not found then
    return false;
  end if;
  if upper_end is null then
    insert into backtest.run_numbers (submitted_at, run_hash, total_return, sharpe_ratio, max_drawdown)
      select a.submitted_at, a.run_hash, a.total_return, a.sharpe_ratio, a.max_drawdown from backtest.run_attempts a
        where a.submitted_at > extent.taken_to and a.submitted_at <= extent.announced_to
          and coalesce(a.total_return, a.sharpe_ratio, a.max_drawdown) is not null
      on conflict do nothing;
    update backtest.run_number_extent set taken_to = extent.announced_to;
    return true;
  end if;
  perform pg_advisory_xact_lock(20240201);  -- completions hold it shared until they have committed
  update backtest.run_number_extent set announced_to = upper_end;
  return true;
exception when lock_not_available then
  return false;  -- a completion hangs; others are not kept waiting for it
end
$$;

ALTER FUNCTION backtest.extend_run_numbers(most integer, fewest integer) OWNER TO backtest_owner;

CREATE FUNCTION backtest.extend_run_texts(most integer) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION backtest.extend_run_texts(most integer) OWNER TO backtest_owner;

CREATE FUNCTION backtest.fail_run(lease_run_id text, lease_epoch bigint, lease_token uuid, code text, message text, retryable boolean, most_failed integer, retry_microseconds bigint) RETURNS SETOF backtest.run_records
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS $_$
declare
  lease backtest.run_leases;
  run backtest.runs;
  next_status text;
begin
  delete from backtest.run_leases l where hashtextextended(l.run_id, 0) = hashtextextended($1, 0) and l.run_id = $1
    and l.epoch = $2 and l.token = $3 and l.expires_at > now() returning l.* into lease;
  if not found then
    return query select v.* from backtest.ended_run($1, $2, $3, '{failed, retried}') v;
    return;
  end if;
  select r.* into run from backtest.runs r where r.run_id = $1 and r.status = 'running';
  if not found then
    return;
  end if;
  next_status := case when not retryable or coalesce(run.failed_attempts, 0) + 1 >= most_failed then 'failed'
    when lease.cancel_requested then 'cancelled' else 'queued' end;
  perform backtest.end_lease(lease, run, next_status,
    case when next_status = 'failed' then 'failed' else 'retried' end::backtest.attempt_ending, 0, retryable::integer,
    code, message,
    case when retry_microseconds > 0 then now() + retry_microseconds * interval '1 microsecond' end);
  return query select v.* from backtest.run_records v where v.run_id = $1;
end
$_$;

ALTER FUNCTION backtest.fail_run(lease_run_id text, lease_epoch bigint, lease_token uuid, code text, message text, retryable boolean, most_failed integer, retry_microseconds bigint) OWNER TO backtest_owner;

CREATE FUNCTION backtest.finish_cancel(lease_run_id text, lease_epoch bigint, lease_token uuid) RETURNS SETOF backtest.run_records
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS $_$
declare
  lease backtest.run_leases;
  run backtest.runs;
begin
  delete from backtest.run_leases l where hashtextextended(l.run_id, 0) = hashtextextended($1, 0) and l.run_id = $1
    and l.epoch = $2 and l.token = $3 and l.expires_at > now() and l.cancel_requested returning l.* into lease;
  if not found then
    return query select v.* from backtest.ended_run($1, $2, $3, '{cancelled}') v;
    return;
  end if;
  select r.* into run from backtest.runs r where r.run_id = $1 and r.status = 'running';
  if not found then
    return;
  end if;
  perform backtest.end_lease(lease, run, 'cancelled', 'cancelled', 0, 0, null, null, null);
  return query select v.* from backtest.run_records v where v.run_id = $1;
end
$_$;

ALTER FUNCTION backtest.finish_cancel(lease_run_id text, lease_epoch bigint, lease_token uuid) OWNER TO backtest_owner;

CREATE FUNCTION backtest.first_in_queue(most bigint) RETURNS TABLE(available_at timestamp with time zone, run_hash bigint, runs_before bigint, submitted_at timestamp with time zone)
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS $$
#variable_conflict use_column
begin
  return query
    with recursive heads as (
      (select q.submitter, q.rank, q.available_at from backtest.run_queue q
        order by q.submitter, q.rank, q.available_at limit 1)
      union all
      select next.* from heads h cross join lateral (
        select q.submitter, q.rank, q.available_at from backtest.run_queue q
          where (q.submitter, q.rank) > (h.submitter, h.rank)
          order by q.submitter, q.rank, q.available_at limit 1) next),
    lanes as materialized (
      select h.submitter, h.rank, row_number() over (partition by h.rank order by h.available_at, h.submitter) as turn,
        greatest(most / count(*) over (partition by h.rank), 1) as share
      from heads h),
    walked as (
      select l.*, step.*, step.place as round, count(*) filter (where step.place <= l.share) over (order by l.rank) as known
        from lanes l cross join lateral (
          select s.*, row_number() over (order by s.available_at) as place, count(*) over () as size from (
            select q.available_at, q.run_hash, coalesce(q.submitted_at, q.available_at) as submitted_at
              from backtest.run_queue q
              where q.submitter = l.submitter and q.rank = l.rank
              order by q.available_at fetch first (l.share) rows with ties) s) step
      union all
      select w.submitter, w.rank, w.turn, w.share, step.*, w.round + step.place,
          w.known + count(*) filter (where step.place <= w.share) over (order by w.rank)
        from walked w cross join lateral (
          select s.*, row_number() over (order by s.available_at) as place, count(*) over () as size from (
            select q.available_at, q.run_hash, coalesce(q.submitted_at, q.available_at) as submitted_at
              from backtest.run_queue q
              where q.submitter = w.submitter and q.rank = w.rank and q.available_at > w.available_at
              order by q.available_at fetch first (w.share) rows with ties) s) step
        where w.place = w.size and w.size >= w.share and w.known < most)
    select w.available_at, w.run_hash, row_number() over (order by w.rank, w.round, w.turn) - 1, w.submitted_at
      from walked w;
end
$$;

ALTER FUNCTION backtest.first_in_queue(most bigint) OWNER TO backtest_owner;

CREATE FUNCTION backtest.first_queued_runs(most bigint) RETURNS SETOF text
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS $$
begin
  return query
    select r.run_id from backtest.first_in_queue(most) f
      join backtest.runs r on r.submitted_at = f.submitted_at and hashtextextended(r.run_id, 0) = f.run_hash
        and r.status = 'queued'
      order by f.runs_before limit most;
end
$$;

ALTER FUNCTION backtest.first_queued_runs(most bigint) OWNER TO backtest_owner;

CREATE FUNCTION backtest.guard_run_status() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  raise exception 'run % may not go from % to %: revision % was not advanced',
    old.run_id, old.status, new.status, coalesce(old.revision, 1)
    using errcode = 'integrity_constraint_violation',
          hint = 'An old revision of the service writes to a database that replicas share. Stop it.';
end
$$;

ALTER FUNCTION backtest.guard_run_status() OWNER TO backtest_owner;

CREATE FUNCTION backtest.microseconds(moment timestamp with time zone) RETURNS double precision
    LANGUAGE sql STABLE
    AS $$
  select (extract(epoch from moment) * 1000000)::double precision
$$;

ALTER FUNCTION backtest.microseconds(moment timestamp with time zone) OWNER TO backtest_owner;

CREATE FUNCTION backtest.microseconds(began timestamp with time zone, ended timestamp with time zone) RETURNS double precision
    LANGUAGE sql STABLE
    AS $$
  select (extract(epoch from ended - began) * 1000000)::double precision
$$;

ALTER FUNCTION backtest.microseconds(began timestamp with time zone, ended timestamp with time zone) OWNER TO backtest_owner;

CREATE FUNCTION backtest.note_end_of_run() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  insert into backtest.run_notices (run_id, state, ended_at, due_at)
    select new.run_id, new.status, coalesce(new.completed_at, now()), now() from backtest.notices_wanted
    on conflict (run_id) do update set state = excluded.state, ended_at = excluded.ended_at, due_at = excluded.due_at,
      tries = 0;  -- of a run of the same id that was removed
  return null;
end
$$;

ALTER FUNCTION backtest.note_end_of_run() OWNER TO backtest_owner;

CREATE FUNCTION backtest.note_run_time() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  insert into backtest.run_ends (submitted_at, run_hash, completed_us, duration_us)
    values (new.submitted_at, hashtextextended(new.run_id, 0), backtest.microseconds(new.completed_at),
      backtest.microseconds(new.started_at, new.completed_at))
    on conflict (submitted_at, run_hash) do update
      set completed_us = excluded.completed_us, duration_us = excluded.duration_us;
  return null;
end
$$;

ALTER FUNCTION backtest.note_run_time() OWNER TO backtest_owner;

CREATE FUNCTION backtest.note_time_without_numbers() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  insert into backtest.run_ends (submitted_at, run_hash, completed_us, duration_us)
    select new.submitted_at, new.run_hash, backtest.microseconds(r.completed_at),
      backtest.microseconds(r.started_at, r.completed_at) from backtest.runs r
      where r.submitted_at = new.submitted_at and hashtextextended(r.run_id, 0) = new.run_hash
    on conflict (submitted_at, run_hash) do nothing;
  return null;
end
$$;

ALTER FUNCTION backtest.note_time_without_numbers() OWNER TO backtest_owner;

CREATE FUNCTION backtest.reclaim_runs(wanted integer, most_lost integer) RETURNS SETOF text
    LANGUAGE plpgsql
    SET jit TO 'off'
    AS $$
declare
  lease backtest.run_leases;
  run backtest.runs;
  lost integer;
begin
  for lease in delete from backtest.run_leases l where l.expires_at <= now() and l.ctid = any(array(
      select e.ctid from backtest.run_leases e where e.expires_at <= now() order by e.run_id
      for update skip locked limit wanted)) returning l.* loop
    select r.* into run from backtest.runs r where r.run_id = lease.run_id and r.status = 'running';
    continue when not found;
    lost := coalesce(run.lost_attempts, 0) + 1;
    perform backtest.end_lease(lease, run,
      case when lease.cancel_requested then 'cancelled' when lost >= most_lost then 'failed' else 'queued' end,
      'lost', 1, 0, 'poisoned', 'the run lost its worker ' || lost || ' times and is not tried again', null);
    return next lease.run_id;
  end loop;
end
$$;

ALTER FUNCTION backtest.reclaim_runs(wanted integer, most_lost integer) OWNER TO backtest_owner;

CREATE FUNCTION backtest.release_run(lease_run_id text, lease_epoch bigint, lease_token uuid) RETURNS SETOF backtest.run_records
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS $_$
declare
  lease backtest.run_leases;
  run backtest.runs;
begin
  delete from backtest.run_leases l where hashtextextended(l.run_id, 0) = hashtextextended($1, 0) and l.run_id = $1
    and l.epoch = $2 and l.token = $3 and l.expires_at > now() returning l.* into lease;
  if not found then
    return query select v.* from backtest.ended_run($1, $2, $3, '{released}') v;
    return;
  end if;
  select r.* into run from backtest.runs r where r.run_id = $1 and r.status = 'running';
  if not found then
    return;
  end if;
  perform backtest.end_lease(lease, run, case when lease.cancel_requested then 'cancelled' else 'queued' end,
    'released', 0, 0, null, null, null);
  return query select v.* from backtest.run_records v where v.run_id = $1;
end
$_$;

ALTER FUNCTION backtest.release_run(lease_run_id text, lease_epoch bigint, lease_token uuid) OWNER TO backtest_owner;

CREATE FUNCTION backtest.remove_audit_events(older_than_days integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  removed bigint;
begin
  delete from backtest.audit_events where at < now() - greatest(older_than_days, 1) * interval '1 day';
  get diagnostics removed = row_count;
  return removed;
end
$$;

ALTER FUNCTION backtest.remove_audit_events(older_than_days integer) OWNER TO backtest_owner;

CREATE FUNCTION backtest.remove_run_events() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  delete from backtest.run_log where run_id = old.run_id;
  delete from backtest.run_attempts
    where submitted_at = old.submitted_at and run_hash = hashtextextended(old.run_id, 0);
  delete from backtest.run_numbers
    where submitted_at = old.submitted_at and run_hash = hashtextextended(old.run_id, 0);
  delete from backtest.run_ends
    where submitted_at = old.submitted_at and run_hash = hashtextextended(old.run_id, 0);
  delete from backtest.run_texts where run_id = old.run_id;
  if old.tags is not null then
    delete from backtest.run_tags t where t.submitted_at = old.submitted_at and t.run_id = old.run_id
      and t.tag in (select json_array_elements_text(old.tags::json));
  end if;
  return null;
end
$$;

ALTER FUNCTION backtest.remove_run_events() OWNER TO backtest_owner;

CREATE FUNCTION backtest.submit_run(run_id text, run_name text, start_date text, end_date text, output_dir text, adls_container text, adls_prefix text, config_json text, effective_config_json text, config_digest bytea, config_sha256 text, submitter text, priority integer, idempotency_key text, body_sha256 text, submission_token uuid, queue_limit bigint) RETURNS timestamp with time zone
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $_$
begin
  if queue_limit > 0 then  -- exact up to the limit, and dear only near it
    if (select count(*) from (select from backtest.run_queue limit queue_limit) q) >= queue_limit then
      return null;
    end if;
  end if;
  insert into backtest.runs (run_id, status, submitted_at, run_name, start_date, end_date, output_dir, adls_container,
      adls_prefix, config_json, effective_config_json, config_digest, config_sha256, submitter, priority,
      idempotency_key, body_sha256, submission_token, available_at)
    values ($1, 'queued', now(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, nullif($13, 0), $14, $15,
      $16, null);
  return now();
end
$_$;

ALTER FUNCTION backtest.submit_run(run_id text, run_name text, start_date text, end_date text, output_dir text, adls_container text, adls_prefix text, config_json text, effective_config_json text, config_digest bytea, config_sha256 text, submitter text, priority integer, idempotency_key text, body_sha256 text, submission_token uuid, queue_limit bigint) OWNER TO backtest_owner;

CREATE FUNCTION backtest.submit_run(run_id text, run_name text, start_date text, end_date text, output_dir text, adls_container text, adls_prefix text, config_json text, effective_config_json text, config_digest bytea, config_sha256 text, submitter text, priority integer, idempotency_key text, body_sha256 text, submission_token uuid, queue_limit bigint, strategy text, tags text, note text) RETURNS timestamp with time zone
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $_$
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
$_$;

ALTER FUNCTION backtest.submit_run(run_id text, run_name text, start_date text, end_date text, output_dir text, adls_container text, adls_prefix text, config_json text, effective_config_json text, config_digest bytea, config_sha256 text, submitter text, priority integer, idempotency_key text, body_sha256 text, submission_token uuid, queue_limit bigint, strategy text, tags text, note text) OWNER TO backtest_owner;

CREATE FUNCTION backtest.time_run_numbers() RETURNS trigger
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS $$
begin
  select backtest.microseconds(r.completed_at), backtest.microseconds(r.started_at, r.completed_at)
    into new.completed_us, new.duration_us from backtest.runs r
    where r.submitted_at = new.submitted_at and hashtextextended(r.run_id, 0) = new.run_hash;
  return new;
end
$$;

ALTER FUNCTION backtest.time_run_numbers() OWNER TO backtest_owner;

CREATE FUNCTION backtest.trigrams_of(words text) RETURNS text[]
    LANGUAGE sql IMMUTABLE
    AS $$
  select coalesce(array_agg(distinct substr(lower(words), i, 3)), '{}') from generate_series(1, length(lower(words)) - 2) i
$$;

ALTER FUNCTION backtest.trigrams_of(words text) OWNER TO backtest_owner;

CREATE TABLE backtest.api_keys (
    key_id text NOT NULL,
    name text NOT NULL,
    scopes text NOT NULL,
    secret_sha256 text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone
);

ALTER TABLE backtest.api_keys OWNER TO backtest_owner;

CREATE TABLE backtest.audit_events (
    sequence bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    action text NOT NULL,
    caller text NOT NULL,
    address text NOT NULL,
    request_id text NOT NULL,
    run_id text NOT NULL,
    detail text NOT NULL
);

ALTER TABLE backtest.audit_events OWNER TO backtest_owner;

ALTER TABLE backtest.audit_events ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME backtest.audit_events_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE backtest.notices_wanted (
    singleton boolean DEFAULT true NOT NULL,
    CONSTRAINT notices_wanted_singleton_check CHECK (singleton)
);

ALTER TABLE backtest.notices_wanted OWNER TO backtest_owner;

CREATE TABLE backtest.run_ends (
    submitted_at timestamp with time zone NOT NULL,
    run_hash bigint NOT NULL,
    completed_us double precision NOT NULL,
    duration_us double precision
);

ALTER TABLE backtest.run_ends OWNER TO backtest_owner;

CREATE TABLE backtest.run_log (
    sequence bigint NOT NULL,
    run_id text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    state text NOT NULL,
    epoch bigint NOT NULL,
    detail text DEFAULT ''::text NOT NULL
);

ALTER TABLE backtest.run_log OWNER TO backtest_owner;

CREATE VIEW backtest.run_events AS
 WITH events AS (
         SELECT g.run_id,
            g.at,
            g.state,
            g.epoch,
            g.detail,
                CASE
                    WHEN (g.state = 'running'::text) THEN
                    CASE
                        WHEN (g.detail = 'cancel requested'::text) THEN 3
                        ELSE 2
                    END
                    WHEN ((g.state = 'queued'::text) AND (g.detail = 'submitted'::text)) THEN 1
                    WHEN (g.detail ~~ 'adopted%'::text) THEN 5
                    WHEN (g.detail = 'cancelled while queued'::text) THEN 6
                    ELSE 4
                END AS step
           FROM backtest.run_log g
        UNION ALL
         SELECT r.run_id,
            r.submitted_at,
            'queued'::text,
            0,
            'submitted'::text,
            1
           FROM backtest.runs r
          WHERE (NOT (EXISTS ( SELECT
                   FROM backtest.run_log g
                  WHERE ((g.run_id = r.run_id) AND (g.detail = 'submitted'::text)))))
        UNION ALL
         SELECT r.run_id,
            r.started_at,
            'running'::text,
            l.epoch,
            ('claimed by '::text || l.worker_id),
            2
           FROM (backtest.runs r
             JOIN backtest.run_leases l ON (((hashtextextended(l.run_id, (0)::bigint) = hashtextextended(r.run_id, (0)::bigint)) AND (l.run_id = r.run_id))))
          WHERE (NOT (EXISTS ( SELECT
                   FROM backtest.run_log g
                  WHERE ((g.run_id = r.run_id) AND (g.epoch = l.epoch) AND (g.detail ~~ 'claimed by %'::text)))))
        UNION ALL
         SELECT r.run_id,
            COALESCE(a.claimed_at, r.started_at) AS "coalesce",
            'running'::text,
            a.epoch,
            ('claimed by '::text || a.worker_id),
            2
           FROM (backtest.runs r
             JOIN backtest.run_attempts a ON (((a.submitted_at = r.submitted_at) AND (a.run_hash = hashtextextended(r.run_id, (0)::bigint)))))
          WHERE (NOT (EXISTS ( SELECT
                   FROM backtest.run_log g
                  WHERE ((g.run_id = r.run_id) AND (g.epoch = a.epoch) AND (g.detail ~~ 'claimed by %'::text)))))
        UNION ALL
         SELECT r.run_id,
            COALESCE(a.ended_at, r.completed_at) AS "coalesce",
            COALESCE((a.state)::text, (a.ending)::text) AS "coalesce",
            a.epoch,
                CASE a.ending
                    WHEN 'lost'::backtest.attempt_ending THEN
                    CASE a.state
                        WHEN 'failed'::backtest.run_state THEN 'poisoned'::text
                        ELSE 'lease lost'::text
                    END
                    WHEN 'failed'::backtest.attempt_ending THEN ('attempt failed: '::text || a.error_code)
                    WHEN 'retried'::backtest.attempt_ending THEN (
                    CASE a.state
                        WHEN 'queued'::backtest.run_state THEN 'will be tried again: '::text
                        ELSE 'attempt failed: '::text
                    END || a.error_code)
                    ELSE (a.ending)::text
                END AS ending,
            4
           FROM (backtest.runs r
             JOIN backtest.run_attempts a ON (((a.submitted_at = r.submitted_at) AND (a.run_hash = hashtextextended(r.run_id, (0)::bigint)))))
        )
 SELECT ((events.epoch * 8) + events.step) AS sequence,
    events.run_id,
    events.at,
    events.state,
    events.epoch,
    events.detail
   FROM events;

ALTER TABLE backtest.run_events OWNER TO backtest_owner;

ALTER TABLE backtest.run_log ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME backtest.run_events_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE backtest.run_notices (
    run_id text NOT NULL,
    state text NOT NULL,
    ended_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    tries integer DEFAULT 0 NOT NULL
);

ALTER TABLE backtest.run_notices OWNER TO backtest_owner;

CREATE TABLE backtest.run_number_extent (
    singleton boolean DEFAULT true NOT NULL,
    taken_to timestamp with time zone NOT NULL,
    announced_to timestamp with time zone NOT NULL,
    CONSTRAINT run_number_extent_singleton_check CHECK (singleton)
);

ALTER TABLE backtest.run_number_extent OWNER TO backtest_owner;

CREATE TABLE backtest.run_numbers (
    submitted_at timestamp with time zone NOT NULL,
    run_hash bigint NOT NULL,
    total_return double precision,
    sharpe_ratio double precision,
    max_drawdown double precision,
    completed_us double precision,
    duration_us double precision
);

ALTER TABLE backtest.run_numbers OWNER TO backtest_owner;

CREATE TABLE backtest.run_queue (
    available_at timestamp with time zone NOT NULL,
    run_hash bigint NOT NULL,
    submitted_at timestamp with time zone,
    rank integer NOT NULL,
    submitter text NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='500');

ALTER TABLE backtest.run_queue OWNER TO backtest_owner;

CREATE TABLE backtest.run_tags (
    tag text NOT NULL,
    submitted_at timestamp with time zone NOT NULL,
    run_id text NOT NULL
);

ALTER TABLE backtest.run_tags OWNER TO backtest_owner;

CREATE TABLE backtest.run_text_extent (
    singleton boolean DEFAULT true NOT NULL,
    indexed_to timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    CONSTRAINT run_text_extent_singleton_check CHECK (singleton)
);

ALTER TABLE backtest.run_text_extent OWNER TO backtest_owner;

CREATE TABLE backtest.run_texts (
    run_id text NOT NULL,
    trigrams text[] NOT NULL
);

ALTER TABLE backtest.run_texts OWNER TO backtest_owner;

CREATE TABLE backtest.schema_version (
    singleton boolean DEFAULT true NOT NULL,
    version integer NOT NULL,
    oldest_compatible integer NOT NULL,
    released_from integer,
    CONSTRAINT schema_version_singleton_check CHECK (singleton)
);

ALTER TABLE backtest.schema_version OWNER TO backtest_owner;

CREATE TABLE backtest.store_identity (
    singleton boolean DEFAULT true NOT NULL,
    identity uuid DEFAULT gen_random_uuid() NOT NULL,
    CONSTRAINT store_identity_singleton_check CHECK (singleton)
);

ALTER TABLE backtest.store_identity OWNER TO backtest_owner;

CREATE TABLE public.schema_migrations (
    version text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL,
    checksum text
);

ALTER TABLE public.schema_migrations OWNER TO postgres;

CREATE TABLE ranking.composite_signal_daily (
    date date NOT NULL,
    year_month text NOT NULL,
    symbol text NOT NULL,
    composite_percentile double precision NOT NULL,
    composite_rank integer NOT NULL,
    strategies_present integer NOT NULL,
    strategies_hit integer NOT NULL
);

ALTER TABLE ranking.composite_signal_daily OWNER TO postgres;

CREATE TABLE ranking.ranking_signal (
    date date NOT NULL,
    year_month text NOT NULL,
    symbol text NOT NULL,
    strategy text NOT NULL,
    rank integer NOT NULL,
    rank_percentile double precision NOT NULL,
    n_symbols integer NOT NULL,
    score double precision
);

ALTER TABLE ranking.ranking_signal OWNER TO postgres;

CREATE TABLE ranking.signal_sync_state (
    year_month text NOT NULL,
    synced_at timestamp with time zone,
    signals_rows integer,
    composite_rows integer,
    status text,
    error text
);

ALTER TABLE ranking.signal_sync_state OWNER TO postgres;

ALTER TABLE ONLY backtest.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (key_id);

ALTER TABLE ONLY backtest.audit_events
    ADD CONSTRAINT audit_events_pkey PRIMARY KEY (sequence);

ALTER TABLE ONLY backtest.notices_wanted
    ADD CONSTRAINT notices_wanted_pkey PRIMARY KEY (singleton);

ALTER TABLE ONLY backtest.run_ends
    ADD CONSTRAINT run_ends_pkey PRIMARY KEY (submitted_at, run_hash);

ALTER TABLE ONLY backtest.run_log
    ADD CONSTRAINT run_events_pkey PRIMARY KEY (run_id, sequence);

ALTER TABLE ONLY backtest.run_notices
    ADD CONSTRAINT run_notices_pkey PRIMARY KEY (run_id);

ALTER TABLE ONLY backtest.run_number_extent
    ADD CONSTRAINT run_number_extent_pkey PRIMARY KEY (singleton);

ALTER TABLE ONLY backtest.run_numbers
    ADD CONSTRAINT run_numbers_pkey PRIMARY KEY (submitted_at, run_hash);

ALTER TABLE ONLY backtest.run_tags
    ADD CONSTRAINT run_tags_pkey PRIMARY KEY (tag, submitted_at, run_id);

ALTER TABLE ONLY backtest.run_text_extent
    ADD CONSTRAINT run_text_extent_pkey PRIMARY KEY (singleton);

ALTER TABLE ONLY backtest.run_texts
    ADD CONSTRAINT run_texts_pkey PRIMARY KEY (run_id);

ALTER TABLE ONLY backtest.runs
    ADD CONSTRAINT runs_pkey PRIMARY KEY (run_id);

ALTER TABLE ONLY backtest.schema_version
    ADD CONSTRAINT schema_version_pkey PRIMARY KEY (singleton);

ALTER TABLE ONLY backtest.store_identity
    ADD CONSTRAINT store_identity_pkey PRIMARY KEY (singleton);

ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (version);

ALTER TABLE ONLY ranking.composite_signal_daily
    ADD CONSTRAINT composite_signal_daily_pkey PRIMARY KEY (date, symbol);

ALTER TABLE ONLY ranking.ranking_signal
    ADD CONSTRAINT ranking_signal_pkey PRIMARY KEY (date, symbol, strategy);

ALTER TABLE ONLY ranking.signal_sync_state
    ADD CONSTRAINT signal_sync_state_pkey PRIMARY KEY (year_month);

CREATE INDEX audit_events_by_time ON backtest.audit_events USING btree (at);

CREATE INDEX audit_events_of_caller ON backtest.audit_events USING btree (caller, sequence);

CREATE INDEX audit_events_of_run ON backtest.audit_events USING btree (run_id, sequence) WHERE (run_id <> ''::text);

CREATE UNIQUE INDEX idx_backtest_runs_idempotency_key ON backtest.runs USING btree (submitter, idempotency_key) WHERE (idempotency_key IS NOT NULL);

CREATE INDEX idx_backtest_runs_not_completed ON backtest.runs USING btree (ended_status, submitted_at, run_id) WHERE (ended_status IS NOT NULL);

CREATE INDEX idx_backtest_runs_submitted_at ON backtest.runs USING btree (submitted_at);

CREATE INDEX run_attempts_not_completed ON backtest.run_attempts USING btree (ended_at) WHERE (ending <> 'completed'::backtest.attempt_ending);

CREATE INDEX run_attempts_run ON backtest.run_attempts USING btree (submitted_at);

CREATE INDEX run_ends_completed ON backtest.run_ends USING btree (completed_us, submitted_at);

CREATE INDEX run_ends_duration ON backtest.run_ends USING btree (duration_us, submitted_at) WHERE (duration_us IS NOT NULL);

CREATE INDEX run_leases_run ON backtest.run_leases USING btree (hashtextextended(run_id, (0)::bigint));

CREATE INDEX run_notices_due ON backtest.run_notices USING btree (due_at);

CREATE INDEX run_numbers_completed ON backtest.run_numbers USING btree (completed_us, submitted_at) WHERE (completed_us IS NOT NULL);

CREATE INDEX run_numbers_duration ON backtest.run_numbers USING btree (duration_us, submitted_at) WHERE (duration_us IS NOT NULL);

CREATE INDEX run_numbers_max_drawdown ON backtest.run_numbers USING btree (max_drawdown, submitted_at) WHERE (max_drawdown IS NOT NULL);

CREATE INDEX run_numbers_sharpe_ratio ON backtest.run_numbers USING btree (sharpe_ratio, submitted_at) WHERE (sharpe_ratio IS NOT NULL);

CREATE INDEX run_numbers_total_return ON backtest.run_numbers USING btree (total_return, submitted_at) WHERE (total_return IS NOT NULL);

CREATE INDEX run_queue_claim ON backtest.run_queue USING btree (submitter, rank, available_at);

CREATE INDEX run_texts_trigrams ON backtest.run_texts USING gin (trigrams) WITH (fastupdate=off);

CREATE INDEX runs_max_drawdown ON backtest.runs USING btree (max_drawdown, submitted_at) WHERE (max_drawdown IS NOT NULL);

CREATE INDEX runs_of_strategy ON backtest.runs USING btree (strategy, submitted_at) WHERE (strategy IS NOT NULL);

CREATE INDEX runs_of_submitter ON backtest.runs USING btree (submitter, submitted_at);

CREATE INDEX runs_sharpe_ratio ON backtest.runs USING btree (sharpe_ratio, submitted_at) WHERE (sharpe_ratio IS NOT NULL);

CREATE INDEX runs_total_return ON backtest.runs USING btree (total_return, submitted_at) WHERE (total_return IS NOT NULL);

CREATE INDEX idx_composite_signal_daily_symbol_date ON ranking.composite_signal_daily USING btree (symbol, date);

CREATE INDEX idx_composite_signal_daily_year_month ON ranking.composite_signal_daily USING btree (year_month);

CREATE INDEX idx_ranking_signal_symbol_date ON ranking.ranking_signal USING btree (symbol, date);

CREATE INDEX idx_ranking_signal_year_month ON ranking.ranking_signal USING btree (year_month);

CREATE TRIGGER enqueue_inserted_run AFTER INSERT ON backtest.runs FOR EACH ROW WHEN ((new.status = 'queued'::text)) EXECUTE FUNCTION backtest.enqueue_inserted_run();

CREATE TRIGGER guard_run_status AFTER UPDATE OF status ON backtest.runs FOR EACH ROW WHEN (((old.status IS DISTINCT FROM new.status) AND (COALESCE(new.revision, (1)::bigint) <= COALESCE(old.revision, (1)::bigint)) AND (current_setting('backtest.writer'::text, true) IS DISTINCT FROM 'lease'::text))) EXECUTE FUNCTION backtest.guard_run_status();

CREATE TRIGGER note_end_of_run AFTER UPDATE OF status ON backtest.runs FOR EACH ROW WHEN (((new.status = ANY (ARRAY['completed'::text, 'failed'::text, 'cancelled'::text])) AND (old.status = ANY (ARRAY['queued'::text, 'running'::text])))) EXECUTE FUNCTION backtest.note_end_of_run();

CREATE TRIGGER note_run_time AFTER UPDATE OF status ON backtest.runs FOR EACH ROW WHEN (((new.status = ANY (ARRAY['failed'::text, 'cancelled'::text])) AND (old.status = ANY (ARRAY['queued'::text, 'running'::text])) AND (new.completed_at IS NOT NULL))) EXECUTE FUNCTION backtest.note_run_time();

CREATE TRIGGER note_time_without_numbers AFTER INSERT ON backtest.run_attempts FOR EACH ROW WHEN (((new.ending = 'completed'::backtest.attempt_ending) AND (COALESCE(new.total_return, new.sharpe_ratio, new.max_drawdown) IS NULL))) EXECUTE FUNCTION backtest.note_time_without_numbers();

CREATE TRIGGER remove_run_events AFTER DELETE ON backtest.runs FOR EACH ROW EXECUTE FUNCTION backtest.remove_run_events();

CREATE TRIGGER time_run_numbers BEFORE INSERT ON backtest.run_numbers FOR EACH ROW EXECUTE FUNCTION backtest.time_run_numbers();

GRANT ALL ON SCHEMA backtest TO backtest_owner;
GRANT USAGE ON SCHEMA backtest TO backtest_api;
GRANT USAGE ON SCHEMA backtest TO backtest_worker;
GRANT USAGE ON SCHEMA backtest TO backtest_readonly;

GRANT USAGE ON SCHEMA ranking TO backtest_data;

GRANT SELECT ON TABLE backtest.run_attempts TO backtest_api;
GRANT SELECT,INSERT ON TABLE backtest.run_attempts TO backtest_worker;
GRANT SELECT ON TABLE backtest.run_attempts TO backtest_readonly;

GRANT ALL ON FUNCTION backtest.audit_runs() TO backtest_api;
GRANT ALL ON FUNCTION backtest.audit_runs() TO backtest_worker;
GRANT ALL ON FUNCTION backtest.audit_runs() TO backtest_readonly;

GRANT SELECT ON TABLE backtest.run_leases TO backtest_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE backtest.run_leases TO backtest_worker;
GRANT SELECT ON TABLE backtest.run_leases TO backtest_readonly;

GRANT UPDATE(cancel_requested) ON TABLE backtest.run_leases TO backtest_api;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE backtest.runs TO backtest_api;
GRANT SELECT,UPDATE ON TABLE backtest.runs TO backtest_worker;
GRANT SELECT ON TABLE backtest.runs TO backtest_readonly;

GRANT SELECT ON TABLE backtest.run_records TO backtest_api;
GRANT SELECT ON TABLE backtest.run_records TO backtest_worker;
GRANT SELECT ON TABLE backtest.run_records TO backtest_readonly;

REVOKE ALL ON FUNCTION backtest.claim_runs(claimer uuid, lease_microseconds bigint, wanted integer, running_limit integer, lanes text[], lane_ranks integer[], lane_times timestamp with time zone[], lane_turns bigint[], tokens uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION backtest.claim_runs(claimer uuid, lease_microseconds bigint, wanted integer, running_limit integer, lanes text[], lane_ranks integer[], lane_times timestamp with time zone[], lane_turns bigint[], tokens uuid[]) TO backtest_worker;

REVOKE ALL ON FUNCTION backtest.complete_run(lease_run_id text, lease_epoch bigint, lease_token uuid, prefix text, manifest_sha256 text, manifest_digest bytea, total_return double precision, annualized_return double precision, annualized_volatility double precision, sharpe_ratio double precision, max_drawdown double precision, final_equity double precision, trades bigint, container text, container_prefix text) FROM PUBLIC;
GRANT ALL ON FUNCTION backtest.complete_run(lease_run_id text, lease_epoch bigint, lease_token uuid, prefix text, manifest_sha256 text, manifest_digest bytea, total_return double precision, annualized_return double precision, annualized_volatility double precision, sharpe_ratio double precision, max_drawdown double precision, final_equity double precision, trades bigint, container text, container_prefix text) TO backtest_worker;

REVOKE ALL ON FUNCTION backtest.edit_run(edited_run_id text, with_name boolean, name text, with_note boolean, new_note text, with_tags boolean, new_tags text) FROM PUBLIC;
GRANT ALL ON FUNCTION backtest.edit_run(edited_run_id text, with_name boolean, name text, with_note boolean, new_note text, with_tags boolean, new_tags text) TO backtest_api;

REVOKE ALL ON FUNCTION backtest.end_lease(lease backtest.run_leases, run backtest.runs, next_status text, ending backtest.attempt_ending, lost integer, failed integer, code text, message text, due timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION backtest.end_lease(lease backtest.run_leases, run backtest.runs, next_status text, ending backtest.attempt_ending, lost integer, failed integer, code text, message text, due timestamp with time zone) TO backtest_worker;

REVOKE ALL ON FUNCTION backtest.ended_run(lease_run_id text, lease_epoch bigint, lease_token uuid, endings backtest.attempt_ending[]) FROM PUBLIC;
GRANT ALL ON FUNCTION backtest.ended_run(lease_run_id text, lease_epoch bigint, lease_token uuid, endings backtest.attempt_ending[]) TO backtest_worker;

REVOKE ALL ON FUNCTION backtest.extend_run_numbers(most integer, fewest integer) FROM PUBLIC;
GRANT ALL ON FUNCTION backtest.extend_run_numbers(most integer, fewest integer) TO backtest_api;

REVOKE ALL ON FUNCTION backtest.extend_run_texts(most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION backtest.extend_run_texts(most integer) TO backtest_api;

REVOKE ALL ON FUNCTION backtest.fail_run(lease_run_id text, lease_epoch bigint, lease_token uuid, code text, message text, retryable boolean, most_failed integer, retry_microseconds bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION backtest.fail_run(lease_run_id text, lease_epoch bigint, lease_token uuid, code text, message text, retryable boolean, most_failed integer, retry_microseconds bigint) TO backtest_worker;

REVOKE ALL ON FUNCTION backtest.finish_cancel(lease_run_id text, lease_epoch bigint, lease_token uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION backtest.finish_cancel(lease_run_id text, lease_epoch bigint, lease_token uuid) TO backtest_worker;

REVOKE ALL ON FUNCTION backtest.reclaim_runs(wanted integer, most_lost integer) FROM PUBLIC;
GRANT ALL ON FUNCTION backtest.reclaim_runs(wanted integer, most_lost integer) TO backtest_worker;

REVOKE ALL ON FUNCTION backtest.release_run(lease_run_id text, lease_epoch bigint, lease_token uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION backtest.release_run(lease_run_id text, lease_epoch bigint, lease_token uuid) TO backtest_worker;

REVOKE ALL ON FUNCTION backtest.remove_audit_events(older_than_days integer) FROM PUBLIC;
GRANT ALL ON FUNCTION backtest.remove_audit_events(older_than_days integer) TO backtest_api;

REVOKE ALL ON FUNCTION backtest.submit_run(run_id text, run_name text, start_date text, end_date text, output_dir text, adls_container text, adls_prefix text, config_json text, effective_config_json text, config_digest bytea, config_sha256 text, submitter text, priority integer, idempotency_key text, body_sha256 text, submission_token uuid, queue_limit bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION backtest.submit_run(run_id text, run_name text, start_date text, end_date text, output_dir text, adls_container text, adls_prefix text, config_json text, effective_config_json text, config_digest bytea, config_sha256 text, submitter text, priority integer, idempotency_key text, body_sha256 text, submission_token uuid, queue_limit bigint) TO backtest_api;

REVOKE ALL ON FUNCTION backtest.submit_run(run_id text, run_name text, start_date text, end_date text, output_dir text, adls_container text, adls_prefix text, config_json text, effective_config_json text, config_digest bytea, config_sha256 text, submitter text, priority integer, idempotency_key text, body_sha256 text, submission_token uuid, queue_limit bigint, strategy text, tags text, note text) FROM PUBLIC;
GRANT ALL ON FUNCTION backtest.submit_run(run_id text, run_name text, start_date text, end_date text, output_dir text, adls_container text, adls_prefix text, config_json text, effective_config_json text, config_digest bytea, config_sha256 text, submitter text, priority integer, idempotency_key text, body_sha256 text, submission_token uuid, queue_limit bigint, strategy text, tags text, note text) TO backtest_api;

GRANT SELECT,INSERT ON TABLE backtest.api_keys TO backtest_api;

GRANT UPDATE(revoked_at) ON TABLE backtest.api_keys TO backtest_api;

GRANT SELECT,INSERT ON TABLE backtest.audit_events TO backtest_api;
GRANT SELECT ON TABLE backtest.audit_events TO backtest_worker;
GRANT SELECT ON TABLE backtest.audit_events TO backtest_readonly;

GRANT SELECT,INSERT,DELETE ON TABLE backtest.notices_wanted TO backtest_api;
GRANT SELECT ON TABLE backtest.notices_wanted TO backtest_worker;
GRANT SELECT ON TABLE backtest.notices_wanted TO backtest_readonly;

GRANT SELECT ON TABLE backtest.run_ends TO backtest_api;
GRANT SELECT ON TABLE backtest.run_ends TO backtest_worker;
GRANT SELECT ON TABLE backtest.run_ends TO backtest_readonly;

GRANT SELECT,INSERT ON TABLE backtest.run_log TO backtest_api;
GRANT SELECT ON TABLE backtest.run_log TO backtest_worker;
GRANT SELECT ON TABLE backtest.run_log TO backtest_readonly;

GRANT SELECT ON TABLE backtest.run_events TO backtest_api;
GRANT SELECT ON TABLE backtest.run_events TO backtest_worker;
GRANT SELECT ON TABLE backtest.run_events TO backtest_readonly;

GRANT SELECT,DELETE,UPDATE ON TABLE backtest.run_notices TO backtest_api;
GRANT SELECT ON TABLE backtest.run_notices TO backtest_worker;
GRANT SELECT ON TABLE backtest.run_notices TO backtest_readonly;

GRANT SELECT,UPDATE ON TABLE backtest.run_number_extent TO backtest_api;
GRANT SELECT ON TABLE backtest.run_number_extent TO backtest_worker;
GRANT SELECT ON TABLE backtest.run_number_extent TO backtest_readonly;

GRANT SELECT,INSERT ON TABLE backtest.run_numbers TO backtest_api;
GRANT SELECT,INSERT ON TABLE backtest.run_numbers TO backtest_worker;
GRANT SELECT ON TABLE backtest.run_numbers TO backtest_readonly;

GRANT SELECT,INSERT,DELETE ON TABLE backtest.run_queue TO backtest_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE backtest.run_queue TO backtest_worker;
GRANT SELECT ON TABLE backtest.run_queue TO backtest_readonly;

GRANT SELECT,INSERT,DELETE ON TABLE backtest.run_tags TO backtest_api;
GRANT SELECT ON TABLE backtest.run_tags TO backtest_worker;
GRANT SELECT ON TABLE backtest.run_tags TO backtest_readonly;

GRANT SELECT,UPDATE ON TABLE backtest.run_text_extent TO backtest_api;
GRANT SELECT ON TABLE backtest.run_text_extent TO backtest_worker;
GRANT SELECT ON TABLE backtest.run_text_extent TO backtest_readonly;

GRANT SELECT,INSERT,UPDATE ON TABLE backtest.run_texts TO backtest_api;
GRANT SELECT ON TABLE backtest.run_texts TO backtest_worker;
GRANT SELECT ON TABLE backtest.run_texts TO backtest_readonly;

GRANT SELECT ON TABLE backtest.schema_version TO backtest_api;
GRANT SELECT ON TABLE backtest.schema_version TO backtest_worker;
GRANT SELECT ON TABLE backtest.schema_version TO backtest_readonly;

GRANT SELECT ON TABLE backtest.store_identity TO backtest_api;
GRANT SELECT ON TABLE backtest.store_identity TO backtest_worker;
GRANT SELECT ON TABLE backtest.store_identity TO backtest_readonly;

GRANT SELECT,INSERT,UPDATE ON TABLE public.schema_migrations TO backtest_owner;

GRANT SELECT ON TABLE ranking.composite_signal_daily TO backtest_data;

