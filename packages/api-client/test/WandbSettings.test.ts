import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Either, Redacted } from "effect"
import * as Proxies from "../src/Proxies.js"
import * as WandbSettings from "../src/WandbSettings.js"
import * as Files from "./files.js"

type Texts = Readonly<Record<string, string>>

const resolve = (environment: Texts, files: Texts = {}, overrides: WandbSettings.Overrides = {}) =>
  WandbSettings.resolve({
    environment: new Map(Object.entries(environment)),
    files: new Map(Object.entries(files)),
    overrides
  })
const resolved = (...of: Parameters<typeof resolve>) => Either.getOrThrow(resolve(...of))
const refusal = (...of: Parameters<typeof resolve>) => Either.getOrThrow(Either.flip(resolve(...of)))

describe("a setting", () => {
  it("is the caller's, else the environment's, else the files', else the built-in one", () => {
    const files = { base_url: "https://files", entity: "f", project: "f" }
    const environment = { WANDB_BASE_URL: "https://env", WANDB_ENTITY: "e", WANDB_PROJECT: "e" }
    const overrides = { baseUrl: "https://args", entity: "a", project: "a" }
    for (const [settings, url, name] of [
      [resolved({}), "https://api.wandb.ai", undefined],
      [resolved({}, files), "https://files", "f"],
      [resolved(environment, files), "https://env", "e"],
      [resolved(environment, files, overrides), "https://args", "a"]
    ] as const) {
      assert.deepStrictEqual([settings.baseUrl, settings.entity, settings.project], [url, name, name])
    }
  })

  it("is not set by an empty variable", () => {
    assert.strictEqual(resolved({ WANDB_ENTITY: "" }, { entity: "f" }).entity, "f")
  })

  const names: ReadonlyArray<readonly [string, string | undefined]> = [
    ["WANDB_BASE_URL", "base_url"],
    ["WANDB__EXTRA_HTTP_HEADERS", "x_extra_http_headers"],
    ["WANDB_DIR", "root_dir"],
    ["WANDB_USER_EMAIL", "email"],
    ["WANDB_HTTP_TIMEOUT", "x_graphql_timeout_seconds"],
    ["WANDB_NAME", "run_name"],
    ["PATH", undefined]
  ]
  for (const [variable, name] of names) {
    it(`is named ${name ?? "nothing"} where the variable is ${variable}`, () => {
      assert.strictEqual(WandbSettings.settingName(variable), name)
    })
  }

  it("tells of who works here", () => {
    const { email, organization, username } = resolved({
      WANDB_USERNAME: "kim",
      WANDB_USER_EMAIL: "kim@x",
      WANDB_ORGANIZATION: "org"
    })
    assert.deepStrictEqual([username, email, organization], ["kim", "kim@x", "org"])
  })
})

describe("the server", () => {
  const urls: ReadonlyArray<readonly [string, string, string]> = [
    ["https://api.wandb.ai/", "https://api.wandb.ai", "https://wandb.ai"],
    ["https://us.api.wandb.ai", "https://us.api.wandb.ai", "https://us.api.wandb.ai"],
    // As wandb 0.31 reads them.
    ["https://api.forge.coreweave.com/", "https://api.forge.coreweave.com", "https://forge.coreweave.com/wandb"],
    ["https://forge.coreweave.com/api/wandb/", "https://api.forge.coreweave.com", "https://forge.coreweave.com/wandb"],
    ["https://api.wandb.test", "https://api.wandb.test", "https://wandb.test"],
    ["https://api.company.com", "https://api.company.com", "https://app.company.com"],
    ["http://localhost:8080//", "http://localhost:8080", "http://localhost:8080"],
    ["https://w.company.com/wandb", "https://w.company.com/wandb", "https://w.company.com/wandb"]
  ]
  for (const [given, baseUrl, appUrl] of urls) {
    it(`at ${given} is looked at in ${appUrl}`, () => {
      const settings = resolved({ WANDB_BASE_URL: given })
      assert.deepStrictEqual([settings.baseUrl, settings.appUrl], [baseUrl, appUrl])
    })
  }

  it("is looked at where the person says", () => {
    assert.strictEqual(resolved({ WANDB_APP_URL: "https://x.y/" }).appUrl, "https://x.y")
  })

  for (const [given, words] of [
    ["ftp://x", "no web address"],
    ["nonsense", "no web address"],
    ["https://wandb.ai", "did you mean https://api.wandb.ai"],
    ["https://app.wandb.ai", "did you mean https://api.wandb.ai"],
    ["http://api.wandb.ai", "isn't encrypted"],
    ["https://forge.coreweave.com/wandb", "did you mean https://api.forge.coreweave.com"],
    ["http://forge.coreweave.com/api/wandb", "did you mean https://api.forge.coreweave.com"],
    ["http://api.forge.coreweave.com", "isn't encrypted"],
    ["https://me:secret@x", "user name or password"]
  ] as const) {
    it(`can't be ${given}`, () => {
      const error = refusal({ WANDB_BASE_URL: given })
      assert.strictEqual(error.reason, "BadUrl")
      assert.include(error.message, words)
      assert.notInclude(error.message, "secret")
    })
  }
})

describe("the transport", () => {
  it("takes a timeout in whole seconds", () => {
    assert.deepStrictEqual(resolved({ WANDB_HTTP_TIMEOUT: "45" }).httpTimeout, Duration.seconds(45))
    for (const text of ["0", "-1", "1.5", "soon"]) {
      assert.strictEqual(refusal({ WANDB_HTTP_TIMEOUT: text }).reason, "BadTimeout")
    }
  })

  it("takes extra headers as a JSON object of texts, and keeps their values secret", () => {
    const { extraHeaders } = resolved({ WANDB__EXTRA_HTTP_HEADERS: '{"X-A": "b"}' })
    assert.strictEqual(Redacted.value(extraHeaders.get("X-A") ?? Redacted.make("")), "b")
    assert.notInclude(String(extraHeaders.get("X-A")), "b")
    for (const text of ["x-secret", "[]", '{"a": 1}']) {
      const error = refusal({ WANDB__EXTRA_HTTP_HEADERS: text })
      assert.strictEqual(error.reason, "BadHeaders")
      assert.notInclude(error.message, "secret")
    }
  })

  it("checks certificates unless it is told not to", () => {
    assert.isTrue(resolved({}).verifiesTls)
    for (const text of ["1", "true", "Yes", "on"]) {
      assert.isFalse(resolved({ WANDB_INSECURE_DISABLE_SSL: text }).verifiesTls)
    }
    for (const text of ["0", "false", "no", ""]) {
      assert.isTrue(resolved({ WANDB_INSECURE_DISABLE_SSL: text }).verifiesTls)
    }
  })

  const proxies: ReadonlyArray<readonly [Texts, string, string | undefined]> = [
    [{}, "https://api.wandb.ai", undefined],
    [{ WANDB_HTTPS_PROXY: "http://p" }, "https://api.wandb.ai", "http://p"],
    [{ WANDB_HTTPS_PROXY: "http://p" }, "http://localhost:8080", undefined],
    [{ WANDB_HTTP_PROXY: "http://p" }, "http://localhost:8080", "http://p"],
    [{ WANDB__PROXIES: '{"https": "http://old"}' }, "https://api.wandb.ai", "http://old"],
    [{ WANDB__PROXIES: '{"https": "http://old"}', WANDB_HTTPS_PROXY: "http://p" }, "https://x.y", "http://p"],
    [{ WANDB_HTTPS_PROXY: "http://p", NO_PROXY: "*" }, "https://api.wandb.ai", "http://p"],
    [{ HTTPS_PROXY: "http://s" }, "https://api.wandb.ai", "http://s"],
    [{ https_proxy: "http://s", HTTPS_PROXY: "http://t" }, "https://api.wandb.ai", "http://s"],
    [{ HTTPS_PROXY: "http://s", NO_PROXY: "*" }, "https://api.wandb.ai", undefined],
    [{ HTTPS_PROXY: "http://s", NO_PROXY: "wandb.ai" }, "https://api.wandb.ai", undefined],
    [{ HTTPS_PROXY: "http://s", NO_PROXY: ".wandb.ai, x" }, "https://api.wandb.ai", undefined],
    [{ HTTPS_PROXY: "http://s", no_proxy: "api.wandb.ai:443" }, "https://api.wandb.ai", undefined],
    [{ HTTPS_PROXY: "http://s", no_proxy: "api.wandb.ai:80" }, "https://api.wandb.ai", "http://s"],
    [{ HTTPS_PROXY: "http://s", NO_PROXY: "andb.ai" }, "https://api.wandb.ai", "http://s"],
    [{ HTTPS_PROXY: "http://s", NO_PROXY: "API.Wandb.AI" }, "https://api.wandb.ai", undefined],
    [{ HTTP_PROXY: "http://s", NO_PROXY: "::1" }, "http://[::1]:8080", undefined],
    [{ HTTP_PROXY: "http://s", NO_PROXY: "[::1]:8080" }, "http://[::1]:8080", undefined],
    [{ HTTPS_PROXY: "proxy:3128" }, "https://api.wandb.ai", "http://proxy:3128"],
    [{ HTTPS_PROXY: "socks://proxy:1080" }, "https://api.wandb.ai", "socks://proxy:1080"],
    [{ HTTPS_PROXY: "ada:secret@10.0.0.1:3128" }, "https://api.wandb.ai", "http://ada:secret@10.0.0.1:3128"],
    [{ HTTP_PROXY: "ht!tp://x" }, "https://api.wandb.ai", undefined]
  ]
  for (const [environment, url, proxy] of proxies) {
    it(`goes to ${url} ${proxy === undefined ? "directly" : `through ${proxy}`} with ${JSON.stringify(environment)}`, () => {
      const found = Proxies.forUrl(resolved(environment).proxies, url)
      assert.strictEqual(found && Redacted.value(found), proxy)
    })
  }
})

describe("a proxy that has no address", () => {
  for (const proxy of ["http://", "http://ada:secret@:3128", "ftp://ada:secret@proxy", "ht!tp://secret"]) {
    it(`is refused in a sentence without it: ${proxy}`, () => {
      const environment = new Map([["HTTPS_PROXY", proxy]])
      const refused = Either.getOrThrow(Either.flip(WandbSettings.resolve({ files: new Map(), environment })))
      assert.strictEqual(refused.reason, "BadProxy")
      assert.notInclude(refused.message, "secret")
    })
  }
})

describe("credentials", () => {
  const key = (digit: string) => digit.repeat(40)
  const made = (environment: Texts, files: Texts = {}, overrides: WandbSettings.Overrides = {}) =>
    WandbSettings.make({
      environment: new Map(Object.entries(environment)),
      home: "/ada",
      cwd: "/project",
      overrides
    }).pipe(Effect.provide(Files.layer(files)))
  const keyOf = (...of: Parameters<typeof made>) =>
    Effect.map(made(...of), ({ credentials }) =>
      credentials._tag === "Key" ? Redacted.value(credentials.key) : "none"
    )

  const netrc = { "/ada/.netrc": `machine api.wandb.ai\n  login user\n  password ${key("n")}\n` }
  const settingsFile = { "/ada/.config/wandb/settings": `[default]\napi_key = ${key("s")}\n` }

  it.effect("are the caller's, else WANDB_API_KEY, else the netrc's, else the settings'", () =>
    Effect.gen(function* () {
      const files = { ...netrc, ...settingsFile }
      const environment = { WANDB_API_KEY: key("e") }
      const overrides = { apiKey: Redacted.make(key("a")) }
      assert.strictEqual(yield* keyOf(environment, files, overrides), key("a"))
      assert.strictEqual(yield* keyOf(environment, files), key("e"))
      assert.strictEqual(yield* keyOf({ WANDB_API_KEY: "" }, files), key("n"))
      assert.strictEqual(yield* keyOf({}, settingsFile), key("s"))
    })
  )

  it.effect("of W&B's own server are found under its other name, too, under which wandb 0.31 files a login", () =>
    Effect.gen(function* () {
      const forge = `machine api.forge.coreweave.com\n  login user\n  password ${key("f")}\n`
      const wandb = netrc["/ada/.netrc"]
      const newer = { WANDB_BASE_URL: "https://api.forge.coreweave.com" }
      assert.strictEqual(yield* keyOf({}, { "/ada/.netrc": forge }), key("f"))
      assert.strictEqual(yield* keyOf({}, { "/ada/.netrc": `${forge}\n${wandb}` }), key("n"))
      assert.strictEqual(yield* keyOf(newer, { "/ada/.netrc": wandb }), key("n"))
      assert.strictEqual(yield* keyOf(newer, { "/ada/.netrc": `${forge}\n${wandb}` }), key("f"))
      for (const other of ["https://us.api.wandb.ai", "https://api.company.com", "https://api.wandb.ai:8443"]) {
        const error = yield* Effect.flip(made({ WANDB_BASE_URL: other }, { "/ada/.netrc": `${forge}\n${wandb}` }))
        assert.strictEqual(error.reason, "NoApiKey", other)
      }
    })
  )

  it.effect("of a settings file go to the server of the settings only", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(made({}, settingsFile, { baseUrl: "https://other" }))
      assert.strictEqual(error.reason, "NoApiKey")
      assert.strictEqual(yield* keyOf({ WANDB_BASE_URL: "https://other" }, settingsFile), key("s"))
    })
  )

  it.effect("are missing with a sentence that says where to put them", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(made({}))
      assert.strictEqual(error.reason, "NoApiKey")
      assert.include(error.message, "https://api.wandb.ai")
      assert.include(error.message, "WANDB_API_KEY")
    })
  )

  it.effect("are refused if they aren't keys, wherever they come from", () =>
    Effect.gen(function* () {
      const bad = "tooshort"
      const cases = [
        [made({ WANDB_API_KEY: bad }), "WANDB_API_KEY"],
        [made({}, {}, { apiKey: Redacted.make(bad) }), "the command line"],
        [made({}, { "/ada/.netrc": `machine api.wandb.ai password ${bad}` }), "the netrc file"],
        [made({}, { "/project/wandb/settings": `[default]\napi_key = ${bad}\n` }), "the settings file"]
      ] as const
      for (const [attempt, source] of cases) {
        const error = yield* Effect.flip(attempt)
        assert.strictEqual(error.reason, "BadApiKey")
        assert.include(error.message, source)
        assert.notInclude(error.message, bad)
      }
    })
  )

  it.effect("can't be a key and an identity token at once", () =>
    Effect.gen(function* () {
      const environment = { WANDB_API_KEY: key("e"), WANDB_IDENTITY_TOKEN_FILE: "/token" }
      assert.strictEqual((yield* Effect.flip(made(environment))).reason, "TwoCredentials")
    })
  )

  it.effect("may be an identity token in a file, which is read when it is needed", () =>
    Effect.gen(function* () {
      const { credentials } = yield* made({ WANDB_IDENTITY_TOKEN_FILE: "/token" }, { "/token": "jwt\n", ...netrc })
      assert.strictEqual(credentials._tag, "Identity")
      if (credentials._tag !== "Identity") return
      assert.strictEqual(Redacted.value(yield* credentials.token), "jwt")
      const gone = yield* made({ WANDB_IDENTITY_TOKEN_FILE: "/gone" })
      if (gone.credentials._tag !== "Identity") return assert.fail("no identity")
      assert.include((yield* Effect.flip(gone.credentials.token)).message, "/gone")
    })
  )
})
