/** The algorithms that suggest points, in the names of Optuna and our own. */
import type { PythonValue } from "./PythonValue.js"

/** An algorithm that suggests points: what Optuna calls a sampler. */
export type SamplerName = "gp" | "tpe" | "cmaes" | "qmc" | "random"

/** All of them. */
export const all: ReadonlyArray<SamplerName> = ["gp", "tpe", "cmaes", "qmc", "random"]

/** The sampler that a config's `type` names, in any case, with or without "Sampler"; `undefined` for none of ours. */
export const named = (given: PythonValue): SamplerName | undefined =>
  typeof given === "string"
    ? names.get(
        given
          .toLowerCase()
          .replace(/sampler$/, "")
          .replaceAll(/[^a-z]/g, "")
      )
    : undefined

/** The sampler that a config's `engine` stands for; `undefined` where that leaves the choice. */
export const ofEngine = (engine: PythonValue | undefined): SamplerName | undefined =>
  engine === "optuna" ? "tpe" : engine === "ax" ? "gp" : undefined

/**
 * What the `args` of a sampler may be: those that any release of Optuna from 3.0 to 5.0 gives it, of which `heeded` mean
 * something here.
 */
export const args = (name: SamplerName): ReadonlyArray<string> => ofOptuna[name]

/** The args that a sampler goes by here. */
export const heeded = (name: SamplerName): ReadonlyArray<string> =>
  name === "tpe" ? ["n_startup_trials", "n_ei_candidates"] : []

// internal

const names: ReadonlyMap<string, SamplerName> = new Map([
  ["gp", "gp"],
  ["tpe", "tpe"],
  ["motpe", "tpe"],
  ["cmaes", "cmaes"],
  ["qmc", "qmc"],
  ["sobol", "qmc"],
  ["random", "random"]
])

/**
 * What the constructors of Optuna's samplers take, compared with the latest patch of each minor release from 3.0 to 5.0
 * (SamplerName.test.ts holds their signatures). What one of them has dropped stays, so that a config goes on to work.
 */
const ofOptuna: Readonly<Record<SamplerName, ReadonlyArray<string>>> = {
  gp: [
    "n_startup_trials",
    "deterministic_objective",
    "constraints_func",
    "independent_sampler",
    "warn_independent_sampling",
    "seed"
  ],
  tpe: [
    "n_startup_trials",
    "n_ei_candidates",
    "consider_prior",
    "prior_weight",
    "consider_magic_clip",
    "consider_endpoints",
    "gamma",
    "weights",
    "multivariate",
    "group",
    "constant_liar",
    "constraints_func",
    // of 3.4 to 4.9
    "categorical_distance_func",
    "warn_independent_sampling",
    "seed",
    // of MOTPE, which 4.0 no longer has
    "n_ehvi_candidates",
    "weights_above"
  ],
  cmaes: [
    "x0",
    "sigma0",
    "n_startup_trials",
    "popsize",
    "inc_popsize",
    "restart_strategy",
    "consider_pruned_trials",
    "use_separable_cma",
    "with_margin",
    "lr_adapt",
    "source_trials",
    "independent_sampler",
    "warn_independent_sampling",
    "seed"
  ],
  qmc: [
    "qmc_type",
    "scramble",
    "independent_sampler",
    "warn_asynchronous_seeding",
    "warn_independent_sampling",
    "seed"
  ],
  random: ["seed"]
}
