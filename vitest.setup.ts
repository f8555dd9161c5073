import { effect, flakyTest, it, layer, live, prop, scoped, scopedLive } from "@effect/vitest"

// A suite over a layer puts its own methods on the one `it` that there is, clock included, and where test files share
// their modules the next file finds them there. This runs before each file.
Object.assign(it, { effect, flakyTest, layer, live, prop, scoped, scopedLive })
