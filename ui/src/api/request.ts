// One request to the service. Failures are thrown as ApiProblem; what a 401 means to the page is told to the listener.
import { credential_headers } from "./credentials";
import { ApiProblem, problem_of } from "./problem";
import { settings } from "./settings";

let on_unauthenticated: () => void = () => {};

export function listen_for_sign_out(listener: () => void): void {
  on_unauthenticated = listener;
}

export function url_of(path: string): string {
  return settings.backtestApiBaseUrl.replace(/\/$/, "") + path;
}

export interface Call {
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export async function send(path: string, call: Call = {}): Promise<Response> {
  const headers: Record<string, string> = { ...credential_headers(), ...call.headers };
  if (call.body !== undefined) headers["Content-Type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(url_of(path), {
      method: call.method ?? "GET",
      headers,
      body: call.body === undefined ? undefined : JSON.stringify(call.body),
      signal: call.signal,
      credentials: "omit",
    });
  } catch (reason) {
    if (reason instanceof DOMException && reason.name === "AbortError") throw reason;
    throw new ApiProblem(0, "unreachable", "the service does not answer");
  }
  if (response.status === 401) on_unauthenticated();
  if (!response.ok) throw await problem_of(response);
  return response;
}

export async function json<Body>(path: string, call?: Call): Promise<Body> {
  return (await (await send(path, call)).json()) as Body;
}

export async function text(path: string, call?: Call): Promise<string> {
  return (await send(path, call)).text();
}

/** A query without what is empty. */
export function query(values: Record<string, string | number | null | undefined>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== "") parameters.set(name, String(value));
  }
  const written = parameters.toString();
  return written === "" ? "" : `?${written}`;
}
