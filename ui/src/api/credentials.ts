// What proves who is calling. In memory alone: a reload asks again, and nothing that runs later can read it.
import { settings } from "./settings";

type Credential = { kind: "key"; key: string } | { kind: "token"; token: string } | null;

let credential: Credential = null;

export function set_credential(next: Credential): void {
  credential = next;
}

export function has_credential(): boolean {
  return credential !== null;
}

export function credential_headers(): Record<string, string> {
  if (credential?.kind === "key") return { [settings.apiKeyHeader ?? "X-API-Key"]: credential.key };
  if (credential?.kind === "token") return { Authorization: `Bearer ${credential.token}` };
  return {};
}
