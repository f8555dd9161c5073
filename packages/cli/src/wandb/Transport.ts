import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Proxies from "@sweepline/api-client/Proxies"
import { WandbSettings } from "@sweepline/api-client/WandbSettings"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { Agent, type Dispatcher, ProxyAgent } from "undici"

/**
 * HTTP to the server of the settings: through its proxy where there is one (C.8), and without checking certificates
 * where the settings say so (C.9). Connections are kept, and closed with the scope.
 */
export const layer: Layer.Layer<HttpClient.HttpClient, never, WandbSettings> =
  NodeHttpClient.layerUndiciWithoutDispatcher.pipe(
    Layer.provide(
      Layer.scoped(
        NodeHttpClient.Dispatcher,
        Effect.flatMap(WandbSettings, (settings) =>
          Effect.acquireRelease(
            Effect.sync(() => dispatcher(settings)),
            // What is still under way at the end is waited for by nobody.
            (it) => Effect.promise(() => it.destroy())
          )
        )
      )
    )
  )

// internal

type Settings = Pick<WandbSettings["Type"], "baseUrl" | "extraHeaders" | "proxies" | "verifiesTls">

const dispatcher = ({ baseUrl, extraHeaders, proxies, verifiesTls }: Settings): Dispatcher => {
  const tls = verifiesTls ? {} : { rejectUnauthorized: false }
  const proxy = Proxies.forUrl(proxies, baseUrl)
  if (proxy === undefined) return new Agent({ connect: tls })
  const authorization = [...extraHeaders].find(([name]) => name.toLowerCase() === "proxy-authorization")?.[1]
  return new ProxyAgent({
    uri: Redacted.value(proxy),
    requestTls: tls,
    // Many proxies tunnel to the ports of HTTPS only.
    proxyTunnel: baseUrl.startsWith("https:"),
    ...(authorization === undefined ? {} : { headers: { "proxy-authorization": Redacted.value(authorization) } })
  })
}
