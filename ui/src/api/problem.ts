// An answer that is no success, as problem details (RFC 9457); and a service that did not answer, status 0.
import type { components } from "./schema";

export type Diagnostic = components["schemas"]["Diagnostic"];

export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly errors: Diagnostic[] = [],
    readonly request_id?: string,
  ) {
    super(message);
  }
}

export async function problem_of(response: Response): Promise<ApiProblem> {
  try {
    const body = (await response.json()) as components["schemas"]["Problem"];
    return new ApiProblem(response.status, body.code, body.detail, body.errors, body.request_id);
  } catch {
    return new ApiProblem(response.status, "unknown", `the service answered ${response.status}`);
  }
}

export function text_of(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
