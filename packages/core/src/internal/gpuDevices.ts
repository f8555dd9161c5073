import * as Either from "effect/Either"
import { SlotsError } from "../SlotsError.js"

/** The GPUs that a person asked for, and what is known of those there are. */
export interface GpusAsked {
  /** Indices or names such as `0,1`, or `all`. */
  readonly wanted: string
  /** How they were asked for, as a refusal says it; `--gpus` by default. */
  readonly by?: string
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

/** The devices that were asked for, or why there are none. */
export const gpuDevices = (options: GpusAsked): Either.Either<ReadonlyArray<GpuDevice>, SlotsError> => {
  const { by = "--gpus", detected, visible, wanted } = options
  const refuse = (detail: string) => Either.left(new SlotsError({ detail: `${by} "${wanted}"${detail}` }))
  const known = visible === undefined ? undefined : visibleDevices(visible)
  const names = wanted.trim() === "all" ? undefined : list(wanted)
  if (names === undefined) {
    const ids = known ?? Array.from({ length: detected ?? 0 }, (_, index) => String(index))
    const detail =
      known === undefined
        ? " finds no GPU. Name them, for example 0,1, or do without to run on the CPU."
        : ` finds no GPU: CUDA_VISIBLE_DEVICES is "${visible}". Unset that, or do without ${by}.`
    return ids.length === 0 ? refuse(detail) : Either.right(ids.map((id, index) => ({ label: String(index), id })))
  }
  if (names.length === 0) return refuse(" names no GPU. Write for example 0,1 or all.")
  const devices: Array<GpuDevice> = []
  for (const name of names) {
    const found = device(name, known, options)
    if (typeof found === "string") return refuse(`: ${found}`)
    if (devices.some(({ id }) => id === found.id)) return refuse(" names a GPU twice.")
    devices.push(found)
  }
  return Either.right(devices)
}

/** A device by its name, or what is wrong with that. */
const device = (
  name: string,
  known: ReadonlyArray<string> | undefined,
  { detected, visible }: GpusAsked
): GpuDevice | string => {
  if (!/^[0-9]+$/.test(name)) {
    if (known !== undefined && !known.includes(name)) return `${name} isn't in CUDA_VISIBLE_DEVICES ("${visible}").`
    return /^(GPU|MIG)-[\w:/.-]+$/.test(name)
      ? { label: name, id: name }
      : `"${name}" is no GPU. Write an index, such as 0, or a UUID, such as GPU-8932f937.`
  }
  const index = Number(name)
  const id = known === undefined ? String(index) : known[index]
  if (id === undefined) return `there is no GPU ${name}. CUDA_VISIBLE_DEVICES is "${visible}", counted from 0.`
  if (known === undefined && detected !== undefined && index >= detected) {
    return `there is no GPU ${name}. This machine has ${detected === 0 ? "none" : `${detected}, counted from 0`}.`
  }
  return { label: String(index), id }
}

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
