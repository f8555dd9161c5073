import * as Either from "effect/Either"
import { SlotsError } from "../SlotsError.js"

/** The GPUs that a person asked for, and what is known of those there are. */
export interface GpusAsked {
  /** Indices or names such as `0,1`, or `all`. */
  readonly wanted: string
  /**
   * `CUDA_VISIBLE_DEVICES` of sweepline itself, if it is set. Then indices count in that list, since the
   * devices outside it belong to others.
   */
  readonly visible: string | undefined
  /** How many GPUs the machine has, if known; needed for `all` where `visible` doesn't say. */
  readonly detected: number | undefined
}

/** A GPU: how it is called in a slot's name, and what CUDA is told. */
export interface GpuDevice {
  readonly label: string
  readonly id: string
}

/** The devices that `--gpus` means, or why there are none. */
export const gpuDevices = (options: GpusAsked): Either.Either<ReadonlyArray<GpuDevice>, SlotsError> => {
  const { detected, visible, wanted } = options
  const known = visible === undefined ? undefined : visibleDevices(visible)
  const names = wanted.trim() === "all" ? undefined : list(wanted)
  if (names === undefined) {
    const ids = known ?? Array.from({ length: detected ?? 0 }, (_, index) => String(index))
    const detail =
      known === undefined
        ? "No GPU was found. Name them, for example --gpus 0,1, or leave --gpus away to run on the CPU."
        : `CUDA_VISIBLE_DEVICES is "${visible}": no GPU is visible. Unset it, or leave --gpus away.`
    return ids.length === 0 ? refuse(detail) : Either.right(ids.map((id, index) => ({ label: String(index), id })))
  }
  if (names.length === 0) return refuse(`--gpus "${wanted}" names no GPU. Write for example --gpus 0,1 or --gpus all.`)
  if (new Set(names).size < names.length) return refuse(`--gpus ${wanted} names a GPU twice.`)
  return Either.all(names.map((name) => device(name, known, options)))
}

const device = (
  name: string,
  known: ReadonlyArray<string> | undefined,
  { detected, visible }: GpusAsked
): Either.Either<GpuDevice, SlotsError> => {
  if (!/^[0-9]+$/.test(name)) {
    if (known !== undefined && !known.includes(name)) {
      return refuse(`GPU ${name} isn't in CUDA_VISIBLE_DEVICES ("${visible}").`)
    }
    return /^(GPU|MIG)-[\w:/.-]+$/.test(name)
      ? Either.right({ label: name, id: name })
      : refuse(`"${name}" is no GPU. Write an index, such as 0, or a UUID, such as GPU-8932f937.`)
  }
  const index = Number(name)
  const id = known === undefined ? name : known[index]
  if (id === undefined) {
    return refuse(`There is no GPU ${name}: CUDA_VISIBLE_DEVICES is "${visible}", counted from 0.`)
  }
  if (known === undefined && detected !== undefined && index >= detected) {
    return refuse(
      `There is no GPU ${name}: this machine has ${detected === 0 ? "none" : `${detected}, counted from 0`}.`
    )
  }
  return Either.right({ label: name, id })
}

const refuse = (detail: string) => Either.left(new SlotsError({ detail }))

const list = (text: string): ReadonlyArray<string> =>
  text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "")

/** CUDA reads the list up to the first entry that is no device, such as -1 or the NoDevFiles of batch systems. */
const visibleDevices = (text: string): ReadonlyArray<string> => {
  const ids = text.split(",").map((name) => name.trim())
  const end = ids.findIndex((name) => !/^([0-9]+$|GPU-|MIG-)/.test(name))
  return end < 0 ? ids : ids.slice(0, end)
}
