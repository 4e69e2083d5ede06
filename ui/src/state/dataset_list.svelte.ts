// The data sets that the caller may read, asked for anew when one was put here, and after a sign-in.
import { list_datasets, type ListedDataset } from "../api/datasets";
import { text_of } from "../api/problem";
import { session } from "./session.svelte";

let changes = $state(0);

export function tell_of_changes(): void {
  changes += 1;
}

export type DatasetOrder = "name" | "uploaded" | "rows" | "size";

const value_of: Record<DatasetOrder, (one: ListedDataset) => string | number> = {
  name: (one) => one.name,
  uploaded: (one) => one.uploaded_at,
  rows: (one) => one.rows ?? -1,
  size: (one) => one.size_bytes,
};

export class DatasetList {
  all = $state.raw<ListedDataset[]>([]);
  has_loaded = $state(false);
  problem = $state("");

  /** Within an effect, which repeats it. */
  follow(): void {
    void [changes, session.count];
    void this.load();
  }

  private async load(): Promise<void> {
    try {
      this.all = await list_datasets();
      this.problem = "";
    } catch (reason) {
      this.problem = text_of(reason);
    }
    this.has_loaded = true;
  }
}

/** Those whose name, submitter or version holds every word, in an order. */
export function found_datasets(all: ListedDataset[], words: string, by: DatasetOrder, is_descending: boolean): ListedDataset[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const direction = is_descending ? -1 : 1;
  return all
    .filter((one) => {
      const text = `${one.name}@${one.version} ${one.submitter}`.toLowerCase();
      return wanted.every((word) => text.includes(word));
    })
    .sort((a, b) => {
      const [first, second] = [value_of[by](a), value_of[by](b)];
      return first < second ? -direction : first > second ? direction : 0;
    });
}

export const dataset_link = (dataset: string) => `/data/${encodeURIComponent(dataset).replace("%40", "@")}`;

/** name@version */
export const reference_of = (one: { name: string; version: string }) => `${one.name}@${one.version}`;
