// Who is signed in and what that one may do, so that nothing is offered that the service would refuse. Until the service
// has said it, everything is offered: the service decides in any case.
import { get_caller, type Run } from "../api/runs";

type Answer = Awaited<ReturnType<typeof get_caller>>;

class Caller {
  private known = $state.raw<Answer | null>(null);

  async load(): Promise<void> {
    try {
      this.known = await get_caller();
    } catch {
      this.known = null;
    }
  }

  get name(): string | null {
    return this.known?.submitter ?? null;
  }
  get may_write(): boolean {
    return this.known === null || this.known.rights.includes("write");
  }
  may_change(run: Run): boolean {
    if (this.known === null || this.known.rights.includes("admin")) return true;
    return this.may_write && (this.known.access !== "own" || run.submitter === this.known.submitter);
  }
}

export const caller = new Caller();
