// The data sets of the service, typed by openapi.json.
import { json, send, send_file } from "./request";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type DatasetHeadline = Schemas["DatasetHeadline"];
export type ListedDataset = Schemas["DatasetList"]["datasets"][number];
export type Dataset = Schemas["Dataset"];
export type DatasetWithVersions = Schemas["DatasetWithVersions"];
export type DatasetPreview = Schemas["DatasetPreview"];

/** `dataset`: name, or name@version. */
const dataset_path = (dataset: string) => `/datasets/${encodeURIComponent(dataset).replace("%40", "@")}`;

export const list_datasets = async () => (await json<Schemas["DatasetList"]>("/datasets")).datasets;
export const get_dataset = (dataset: string) => json<DatasetWithVersions>(dataset_path(dataset));
export const preview_dataset = (dataset: string) => json<DatasetPreview>(`${dataset_path(dataset)}/preview`);
export const remove_dataset = (dataset: string) => send(dataset_path(dataset), { method: "DELETE" });

export interface Upload {
  name: string;
  file: Blob;
  /** Hex digits; the service refuses bytes that have another one. */
  sha256: string | null;
  signal: AbortSignal;
  on_sent: (bytes: number) => void;
}

export const put_dataset = ({ name, file, sha256, signal, on_sent }: Upload) =>
  send_file<Dataset>(dataset_path(name), file, {
    headers: sha256 === null ? {} : { "X-Content-SHA256": sha256 }, signal, on_sent,
  });
