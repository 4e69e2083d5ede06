// Who is signed in and what that one may do, so that nothing is offered that the service would refuse. Until the service
// has said it, everything is offered but data sets, which few services keep: the service decides in any case.
import { get_caller } from "../api/runs";

type Answer = Awaited<ReturnType<typeof get_caller>>;

class Caller {
  private known = $state.raw<Answer | null>(null);
  /** Whether the service has been asked, however it answered. */
  is_asked = $state(false);

  async load(): Promise<void> {
    try {
      this.known = await get_caller();
    } catch {
      this.known = null;
    }
    this.is_asked = true;
  }

  get name(): string | null {
    return this.known?.submitter ?? null;
  }
  get may_write(): boolean {
    return this.known === null || this.known.rights.includes("write");
  }
  get keeps_datasets(): boolean {
    return this.known?.datasets === true;
  }
  /** A run, or a data set. */
  may_change(owned: { submitter: string }): boolean {
    if (this.known === null || this.known.rights.includes("admin")) return true;
    return this.may_write && (this.known.access !== "own" || owned.submitter === this.known.submitter);
  }
}

export const caller = new Caller();
