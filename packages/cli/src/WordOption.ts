import * as Options from "@effect/cli/Options"
import * as NearestName from "@sweepline/core/NearestName"
import * as Effect from "effect/Effect"
import { invalid } from "./OptionText.js"

/** An option that takes one of a few words; another word is answered with the option's name and those. */
export const option = <A extends string>(name: string, words: ReadonlyArray<A>): Options.Options<A> =>
  Options.text(name).pipe(
    Options.withPseudoName(words.join(" | ")),
    Options.mapEffect((text) => {
      const word = words.find((each) => each === text)
      if (word !== undefined) return Effect.succeed(word)
      const sentence = `--${name} takes ${words.join(" or ")}, not "${text}".${NearestName.didYouMean(text, words)}`
      return Effect.fail(invalid(sentence))
    })
  )
