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

export interface FileCall {
  headers: Record<string, string>;
  signal: AbortSignal;
  /** How many bytes have left. */
  on_sent: (bytes: number) => void;
}

/** PUTs a file, which is read while it is sent. By XMLHttpRequest: fetch does not tell how much has been sent. */
export function send_file<Body>(path: string, file: Blob, call: FileCall): Promise<Body> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", url_of(path));
    const headers = { "Content-Type": "application/octet-stream", ...credential_headers(), ...call.headers };
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => call.on_sent(event.loaded);
    request.onerror = () => reject(new ApiProblem(0, "unreachable", "the service does not answer"));
    request.onabort = () => reject(new DOMException("given up", "AbortError"));
    request.onload = () => {
      if (request.status === 401) on_unauthenticated();
      const response = new Response(request.responseText, { status: request.status });
      if (response.ok) response.json().then((body) => resolve(body as Body), reject);
      else problem_of(response).then(reject, reject);
    };
    call.signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(file);
  });
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
