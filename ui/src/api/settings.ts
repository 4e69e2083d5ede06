// What the service tells its client, by /config.js.
export type SignInMode = "none" | "api_key" | "oidc";

interface ClientSettings {
  backtestApiBaseUrl: string;
  authMode: SignInMode;
  apiKeyHeader?: string;
  oidcClientId?: string;
  oidcIssuer?: string;
  oidcAuthority?: string;
  oidcScopes?: string[];
}

declare global {
  interface Window {
    __BACKTEST_UI_CONFIG__?: ClientSettings;
  }
}

export const settings: ClientSettings = window.__BACKTEST_UI_CONFIG__ ?? { backtestApiBaseUrl: "", authMode: "none" };
