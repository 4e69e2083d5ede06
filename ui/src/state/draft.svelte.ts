// What is being written on the page of submissions. Kept for this tab, so that a sign-in or a reload loses nothing.
const storage_name = "backtest.draft";

const random_key = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

interface Kept {
  text: string;
  run_id: string;
  priority: number;
  tags: string;
}

const nothing: Kept = { text: "", run_id: "", priority: 0, tags: "" };

function kept(): Kept {
  try {
    return { ...nothing, ...(JSON.parse(sessionStorage.getItem(storage_name) ?? "{}") as Partial<Kept>) };
  } catch {
    return nothing;
  }
}

class Draft {
  text = $state(kept().text);
  run_id = $state(kept().run_id);
  priority = $state(kept().priority);
  tags = $state(kept().tags);
  /** Names this submission: sent again after a lost answer, it is the same run. */
  key = random_key();

  constructor() {
    $effect.root(() => {
      $effect(() => {
        sessionStorage.setItem(storage_name, JSON.stringify({ text: this.text, run_id: this.run_id, priority: this.priority, tags: this.tags }));
      });
      $effect(() => {
        void [this.text, this.run_id, this.priority, this.tags];
        this.new_key();
      });
    });
  }

  new_key(): void {
    this.key = random_key();
  }

  next_run(): void {
    this.run_id = "";
    this.new_key();
  }
}

export const draft = new Draft();
