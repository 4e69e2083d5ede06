// The file that is on its way to the service: one at a time, and it goes on while another page is looked at.
import { put_dataset, type Dataset } from "../api/datasets";
import { ApiProblem, text_of, type Diagnostic } from "../api/problem";
import { tell_of_changes } from "./dataset_list.svelte";

/** Up to here a file is hashed before it is sent, so that what changes on the way is refused: it is in memory for that. */
const most_hashed_bytes = 128e6;

/** `reading`: all of it has arrived, and the service looks at its rows. */
export type UploadPhase = "none" | "hashing" | "sending" | "reading";

async function sha256_of(file: Blob): Promise<string | null> {
  // Pages that came by plain HTTP from another machine are given no hash function by the browser.
  if (file.size > most_hashed_bytes || globalThis.crypto.subtle === undefined) return null;
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

class DatasetUpload {
  phase = $state<UploadPhase>("none");
  name = $state("");
  size_bytes = $state(0);
  sent_bytes = $state(0);
  problem = $state("");
  errors = $state.raw<Diagnostic[]>([]);
  done = $state.raw<Dataset | null>(null);
  private stopping = new AbortController();

  get is_under_way(): boolean {
    return this.phase !== "none";
  }

  /** What was put, or null where it was refused or given up; `problem` then says why. */
  async put(name: string, file: File): Promise<Dataset | null> {
    const stopping = new AbortController();
    this.stopping = stopping;
    this.forget();
    this.name = name;
    this.size_bytes = file.size;
    this.phase = "hashing";
    try {
      const sha256 = await sha256_of(file);
      stopping.signal.throwIfAborted();
      this.phase = "sending";
      this.done = await put_dataset({
        name, file, sha256, signal: stopping.signal,
        on_sent: (bytes) => {
          this.sent_bytes = bytes;
          if (bytes >= file.size) this.phase = "reading";
        },
      });
      tell_of_changes();
    } catch (reason) {
      this.problem = stopping.signal.aborted ? "The upload was cancelled; nothing of it was kept." : text_of(reason);
      if (reason instanceof ApiProblem) this.errors = reason.errors;
    }
    this.phase = "none";
    return this.done;
  }

  cancel(): void {
    this.stopping.abort();
  }

  forget(): void {
    this.sent_bytes = 0;
    this.problem = "";
    this.errors = [];
    this.done = null;
  }
}

export const upload = new DatasetUpload();

const endings = /(\.csv|\.csv\.gz|\.parquet|\.pq)$/i;

/** A name that the service takes, made of a file's. */
export const name_of_file = (file_name: string) =>
  file_name.replace(endings, "").replaceAll(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "").slice(0, 64).replace(/[._-]+$/, "");
