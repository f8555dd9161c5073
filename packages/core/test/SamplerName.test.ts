import { assert, describe, it } from "@effect/vitest"
import * as SamplerName from "../src/SamplerName.js"

describe("a sampler", () => {
  for (const [type, name, releases] of optuna()) {
    it(`named ${type} takes what any release of Optuna from ${Object.keys(releases)[0] ?? ""} on gives it`, () => {
      assert.strictEqual(SamplerName.named(type), name)
      const taken = SamplerName.args(name)
      for (const [release, args] of Object.entries(releases)) {
        const refused = args.split(" ").filter((arg) => !taken.includes(arg))
        assert.deepStrictEqual(refused, [], release)
      }
    })
  }

  it("takes nothing that no release of Optuna gives it", () => {
    for (const name of SamplerName.all) {
      const given = optuna().flatMap(([, of, releases]) => (of === name ? Object.values(releases) : []))
      const known = new Set(given.flatMap((args) => args.split(" ")))
      assert.deepStrictEqual([...SamplerName.args(name)].sort(), [...known].sort(), name)
    }
  })

  it("heeds only what it takes", () => {
    for (const name of SamplerName.all)
      assert.includeMembers([...SamplerName.args(name)], [...SamplerName.heeded(name)])
  })
})

// fixtures

/** The constructors' arguments in Optuna 3.0.6, 3.1.1, 3.2.0, …, 4.9.0 and 5.0.0, at each release that changed them. */
function optuna(): ReadonlyArray<readonly [string, SamplerName.SamplerName, Readonly<Record<string, string>>]> {
  const tpe =
    "consider_prior prior_weight consider_magic_clip consider_endpoints n_startup_trials n_ei_candidates gamma weights seed multivariate group warn_independent_sampling constant_liar constraints_func"
  const cmaEs =
    "x0 sigma0 n_startup_trials independent_sampler warn_independent_sampling seed consider_pruned_trials restart_strategy popsize inc_popsize use_separable_cma source_trials"
  const gp = "seed independent_sampler n_startup_trials deterministic_objective"
  return [
    ["TPESampler", "tpe", { "3.0": tpe, "3.4": `${tpe} categorical_distance_func`, "5.0": tpe }],
    [
      "MOTPESampler",
      "tpe",
      {
        "3.0":
          "consider_prior prior_weight consider_magic_clip consider_endpoints n_startup_trials n_ehvi_candidates gamma weights_above seed"
      }
    ],
    [
      "GPSampler",
      "gp",
      { "3.6": gp, "4.2": `${gp} constraints_func`, "4.5": `${gp} constraints_func warn_independent_sampling` }
    ],
    ["CmaEsSampler", "cmaes", { "3.0": cmaEs, "3.1": `${cmaEs} with_margin`, "3.3": `${cmaEs} with_margin lr_adapt` }],
    [
      "QMCSampler",
      "qmc",
      { "3.0": "qmc_type scramble seed independent_sampler warn_asynchronous_seeding warn_independent_sampling" }
    ],
    ["RandomSampler", "random", { "3.0": "seed" }]
  ]
}
