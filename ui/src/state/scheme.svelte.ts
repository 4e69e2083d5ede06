// Light or dark: as the system has it, or as the person chose.
export type Scheme = "system" | "light" | "dark";
const storage_name = "backtest.scheme";

const stored = (): Scheme => {
  const name = localStorage.getItem(storage_name);
  return name === "light" || name === "dark" ? name : "system";
};

class SchemeChoice {
  chosen = $state<Scheme>(stored());
  /** Changes whenever colours do: what is drawn with them is drawn again. */
  version = $state(0);

  choose(scheme: Scheme): void {
    this.chosen = scheme;
    localStorage.setItem(storage_name, scheme);
    apply_scheme();
  }
}

export const scheme = new SchemeChoice();

export function apply_scheme(): void {
  if (scheme.chosen === "system") delete document.documentElement.dataset["scheme"];
  else document.documentElement.dataset["scheme"] = scheme.chosen;
  scheme.version += 1;
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => (scheme.version += 1));
