// Where the page is: path and query, so that every view can be sent as a link. Ordinary links work; those of this
// origin do not load the page anew.
class Address {
  path = $state(location.pathname);
  query = $state.raw(new URLSearchParams(location.search));

  /** `replaces`: without an entry of its own in the history. */
  go(target: string, replaces = false): void {
    const url = new URL(target, location.href);
    if (url.origin !== location.origin) return;
    if (url.href !== location.href) history[replaces ? "replaceState" : "pushState"](null, "", url);
    const is_other_page = url.pathname !== this.path;
    this.read();
    if (is_other_page) window.scrollTo(0, 0);
  }

  /** Sets query parameters of this page; null or empty takes one away. */
  set_query(values: Record<string, string | null>, replaces = true): void {
    const next = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(values)) {
      if (value === null || value === "") next.delete(name);
      else next.set(name, value);
    }
    const written = next.toString();
    this.go(location.pathname + (written === "" ? "" : `?${written}`), replaces);
  }

  read(): void {
    this.path = location.pathname;
    this.query = new URLSearchParams(location.search);
  }
}

export const address = new Address();

export function listen_to_links(): void {
  window.addEventListener("popstate", () => address.read());
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = (event.target as Element | null)?.closest("a");
    if (!link || link.target !== "" || link.hasAttribute("download") || link.origin !== location.origin) return;
    if (link.hash !== "" && link.pathname === location.pathname) return;
    event.preventDefault();
    address.go(link.href);
  });
}

export const run_link = (run_id: string, tab?: string) =>
  `/runs/${encodeURIComponent(run_id)}${tab === undefined ? "" : `?tab=${tab}`}`;
