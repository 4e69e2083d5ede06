// Who is signed in. `is_needed` puts the sign-in before the page, which stays as it is below: no draft is lost.
import { has_credential, set_credential } from "../api/credentials";
import { listen_for_sign_out } from "../api/request";
import { settings } from "../api/settings";
import { finish_sign_in, start_sign_in, type Tokens, renew_tokens } from "../api/oidc";

class Session {
  is_needed = $state(settings.authMode !== "none");
  /** How many times somebody has signed in: what was loaded before is loaded again. */
  count = $state(0);
  message = $state("");
  private renewal: ReturnType<typeof setTimeout> | undefined;

  use_key(key: string): void {
    set_credential({ kind: "key", key });
    this.enter();
  }

  async go_to_issuer(): Promise<void> {
    await start_sign_in(location.pathname + location.search);
  }

  /** After the issuer has sent the browser back; answers where the person wanted to go. */
  async return_from_issuer(query: URLSearchParams): Promise<string> {
    const { tokens, return_path } = await finish_sign_in(query);
    this.use_tokens(tokens);
    return return_path;
  }

  sign_out(message = ""): void {
    clearTimeout(this.renewal);
    set_credential(null);
    this.message = message;
    this.is_needed = true;
  }

  get is_signed_in(): boolean {
    return this.count > 0 && has_credential() && !this.is_needed;
  }

  private use_tokens(tokens: Tokens): void {
    set_credential({ kind: "token", token: tokens.access_token });
    this.enter();
    clearTimeout(this.renewal);
    if (tokens.refresh_token === undefined || tokens.expires_in_s === undefined) return;
    const refresh_token = tokens.refresh_token;
    const wait_s = Math.max(5, tokens.expires_in_s * 0.8);
    this.renewal = setTimeout(() => {
      renew_tokens(refresh_token).then(
        (renewed) => this.use_tokens({ refresh_token, ...renewed }),
        () => {}, // the next request that is refused asks for a new sign-in
      );
    }, wait_s * 1000);
  }

  private enter(): void {
    this.message = "";
    this.is_needed = false;
    this.count += 1;
  }
}

export const session = new Session();

export function listen_for_expiry(): void {
  listen_for_sign_out(() => {
    // Requests that were under way are refused too; the first one has said it.
    if (!session.is_needed || has_credential()) session.sign_out(has_credential() ? "The service does not accept this sign-in." : "");
  });
}
