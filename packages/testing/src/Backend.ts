/**
 * What stands behind the ports that a suite tests. `ours` keeps all that the ports speak of. `wandb` is a backend behind
 * W&B's wire, which has no word for seeds and attempts, for when a run started and ended and why it was stopped, for
 * leases of sweeps, and for the sweep in a heartbeat or a run's path: what hangs on those isn't asked of it.
 */
export type Backend = "ours" | "wandb"
