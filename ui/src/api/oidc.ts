// Authorisation code flow with PKCE. The verifier waits in sessionStorage while the browser is at the issuer; tokens are
// handed to the caller and kept nowhere. A return path is one of this origin.
import { settings } from "./settings";

export interface Tokens {
  access_token: string;
  refresh_token?: string;
  expires_in_s?: number;
}

interface Discovery {
  authorization_endpoint: string;
  token_endpoint: string;
}

interface Waiting {
  state: string;
  verifier: string;
  return_path: string;
}

const storage_name = "backtest.sign_in";
const redirect_uri = () => `${location.origin}/sign-in`;

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const random_text = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

async function discover(): Promise<Discovery> {
  const issuer = (settings.oidcIssuer ?? settings.oidcAuthority ?? "").replace(/\/$/, "");
  const response = await fetch(`${issuer}/.well-known/openid-configuration`, { credentials: "omit" });
  if (!response.ok) throw new Error(`the identity provider answered ${response.status}`);
  return (await response.json()) as Discovery;
}

/** A path of this origin, or the start page. */
export function safe_path(path: string): string {
  try {
    const url = new URL(path, location.origin);
    return path.startsWith("/") && url.origin === location.origin ? url.pathname + url.search : "/";
  } catch {
    return "/";
  }
}

export async function start_sign_in(return_path: string): Promise<void> {
  const { authorization_endpoint } = await discover();
  const waiting: Waiting = { state: random_text(), verifier: random_text(), return_path: safe_path(return_path) };
  sessionStorage.setItem(storage_name, JSON.stringify(waiting));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(waiting.verifier));
  const url = new URL(authorization_endpoint);
  const parameters = {
    response_type: "code",
    client_id: settings.oidcClientId ?? "",
    redirect_uri: redirect_uri(),
    scope: ["openid", ...(settings.oidcScopes ?? [])].join(" "),
    state: waiting.state,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  location.assign(url);
}

async function fetch_tokens(parameters: Record<string, string>): Promise<Tokens> {
  const { token_endpoint } = await discover();
  const response = await fetch(token_endpoint, {
    method: "POST",
    body: new URLSearchParams({ client_id: settings.oidcClientId ?? "", ...parameters }),
    credentials: "omit",
  });
  const body = (await response.json()) as Record<string, unknown>;
  if (!response.ok || typeof body["access_token"] !== "string") {
    throw new Error(String(body["error_description"] ?? body["error"] ?? "the identity provider gave no token"));
  }
  return {
    access_token: body["access_token"],
    refresh_token: typeof body["refresh_token"] === "string" ? body["refresh_token"] : undefined,
    expires_in_s: typeof body["expires_in"] === "number" ? body["expires_in"] : undefined,
  };
}

export async function finish_sign_in(query: URLSearchParams): Promise<{ tokens: Tokens; return_path: string }> {
  const stored = sessionStorage.getItem(storage_name);
  sessionStorage.removeItem(storage_name);
  const waiting = stored === null ? null : (JSON.parse(stored) as Waiting);
  if (query.get("error") !== null) throw new Error(query.get("error_description") ?? query.get("error") ?? "refused");
  const code = query.get("code");
  if (waiting === null || code === null || query.get("state") !== waiting.state) {
    throw new Error("this answer belongs to no sign-in that was begun here");
  }
  const tokens = await fetch_tokens({
    grant_type: "authorization_code",
    code,
    redirect_uri: redirect_uri(),
    code_verifier: waiting.verifier,
  });
  return { tokens, return_path: safe_path(waiting.return_path) };
}

export async function renew_tokens(refresh_token: string): Promise<Tokens> {
  const { refresh_token: next, ...tokens } = await fetch_tokens({ grant_type: "refresh_token", refresh_token });
  return next === undefined ? tokens : { ...tokens, refresh_token: next };
}
