// The resources of the service, one function each, typed by openapi.json.
import { json, query, send, text, url_of } from "./request";
import type { components, operations } from "./schema";

type Schemas = components["schemas"];
export type Run = Schemas["Run"];
export type RunState = Schemas["RunState"];
export type StateEvent = Schemas["StateEvent"];
export type ProgressEvent = Schemas["ProgressEvent"];
export type RunList = Schemas["RunList"];
export type RunConfig = Schemas["RunConfig"];
export type Accepted = Schemas["Accepted"];
export type Validation = Schemas["Validation"];
export type Comparison = Schemas["Comparison"];
export type DailyPoint = Schemas["DailyPoint"];
export type RollingPoint = Schemas["RollingPoint"];
export type Artifact = Schemas["Artifact"];

export type ListFilter = Omit<NonNullable<operations["list_runs"]["parameters"]["query"]>, "limit" | "offset" | "cursor">;
export type RunEdit = Schemas["RunEdit"];

const run_path = (run_id: string) => `/backtests/${encodeURIComponent(run_id)}`;

export const list_runs = (filter: ListFilter, limit: number, cursor?: string | null, signal?: AbortSignal) =>
  json<RunList>(`/backtests${query({ ...filter, limit, cursor })}`, { signal });

export const get_run = (run_id: string) => json<Run>(run_path(run_id));
export const get_config = (run_id: string) => json<RunConfig>(`${run_path(run_id)}/config`);
export const edit_run = (run_id: string, edit: RunEdit) =>
  json<Run>(run_path(run_id), { method: "PATCH", body: edit });
export const cancel_run = (run_id: string) => json<Run>(`${run_path(run_id)}/cancel`, { method: "POST" });
export const remove_run = (run_id: string) => send(run_path(run_id), { method: "DELETE" });

export const get_summary = (run_id: string) => json<Record<string, unknown>>(`${run_path(run_id)}/summary`);

export const get_daily = async (run_id: string, max_points = 200_000, signal?: AbortSignal) =>
  (await json<Schemas["Timeseries"]>(`${run_path(run_id)}/metrics/timeseries${query({ max_points })}`, { signal })).points;

export const get_rolling = async (run_id: string, window_days: number) =>
  (await json<Schemas["Rolling"]>(`${run_path(run_id)}/metrics/rolling${query({ window_days, max_points: 5_000 })}`))
    .points;

export type Weights = Schemas["Weights"];

/** The largest names and the rest, or `symbol` alone with its price. */
export const get_weights = (run_id: string, values: { symbol?: string; top?: number; max_points?: number }) =>
  json<Weights>(`${run_path(run_id)}/weights${query(values)}`);

export const list_artifacts = async (run_id: string) =>
  (await json<Schemas["ArtifactList"]>(`${run_path(run_id)}/artifacts`)).local;

const artifact_path = (run_id: string, name: string) =>
  `${run_path(run_id)}/artifacts/${name.split("/").map(encodeURIComponent).join("/")}`;

export const get_artifact_text = (run_id: string, name: string) => text(artifact_path(run_id, name));
export const get_artifact_file = async (run_id: string, name: string) =>
  (await send(artifact_path(run_id, name))).blob();

/** Where a frame, which sends no credential, can show the tear sheet for a minute. */
export const tearsheet_url = async (run_id: string) =>
  url_of((await json<Schemas["TearsheetLink"]>(`${run_path(run_id)}/tearsheet`, { method: "POST" })).url);

export const compare_runs = (run_ids: string[]) =>
  json<Comparison>(`/backtests/compare${query({ ids: run_ids.join(",") })}`);

export const get_caller = () => json<Schemas["Caller"]>("/whoami");

export const validate_config = (config_yaml: string, signal?: AbortSignal) =>
  json<Validation>("/backtests/validate", { method: "POST", body: { config_yaml }, signal });

export interface Submission {
  config_yaml: string;
  run_id?: string;
  priority?: number;
  tags?: string[];
}

/** `key` makes a retry after a lost answer safe. */
export const submit_run = (submission: Submission, key: string) =>
  json<Accepted>("/backtests", { method: "POST", body: submission, headers: { "Idempotency-Key": key } });
