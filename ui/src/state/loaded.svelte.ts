// A value that is asked for once: what came, or why nothing did.
import { text_of } from "../api/problem";

export class Loaded<Value> {
  value = $state.raw<Value | null>(null);
  problem = $state("");
  is_loading = $state(true);

  constructor(load: () => Promise<Value>) {
    load().then(
      (value) => {
        this.value = value;
        this.is_loading = false;
      },
      (reason: unknown) => {
        this.problem = text_of(reason);
        this.is_loading = false;
      },
    );
  }
}
