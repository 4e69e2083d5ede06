// Server-sent events read by fetch, so that they carry the credential. Reconnects, and goes on after the last event.
import { ApiProblem } from "./problem";
import { send } from "./request";

export interface ServerEvent {
  name: string;
  data: unknown;
}

const first_wait_ms = 500;
const longest_wait_ms = 15_000;

function parse_event(block: string): { id?: string; name: string; data: string } {
  let id: string | undefined;
  let name = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon === 0) continue;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "id") id = value;
    if (field === "event") name = value;
    if (field === "data") data.push(value);
  }
  return { id, name, data: data.join("\n") };
}

async function* blocks_of(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += decoder.decode(value, { stream: true }).replaceAll("\r", "");
    const blocks = rest.split("\n\n");
    rest = blocks.pop() ?? "";
    yield* blocks;
  }
}

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });

/** Follows the events of a run until it has finished, `signal` aborts, or the service refuses. */
export async function follow_events(
  run_id: string,
  signal: AbortSignal,
  on_event: (event: ServerEvent) => void,
  on_connection: (is_connected: boolean) => void,
): Promise<void> {
  let last_id = "";
  let wait_ms = first_wait_ms;
  while (!signal.aborted) {
    try {
      const response = await send(`/backtests/${encodeURIComponent(run_id)}/events`, {
        headers: last_id === "" ? {} : { "Last-Event-ID": last_id },
        signal,
      });
      if (response.status === 204 || response.body === null) return;
      on_connection(true);
      let has_ended = false;
      for await (const block of blocks_of(response.body)) {
        const event = parse_event(block);
        if (event.id !== undefined) last_id = event.id;
        if (event.data === "") continue;
        wait_ms = first_wait_ms;
        const data: unknown = JSON.parse(event.data);
        on_event({ name: event.name, data });
        const status = (data as { status?: string }).status;
        has_ended = event.name === "run" && status !== "queued" && status !== "running";
      }
      if (has_ended) return;
    } catch (reason) {
      if (signal.aborted) return;
      if (reason instanceof ApiProblem && reason.status >= 400 && reason.status < 500) throw reason;
    }
    on_connection(false);
    await pause(wait_ms, signal);
    wait_ms = Math.min(wait_ms * 2, longest_wait_ms);
  }
}
