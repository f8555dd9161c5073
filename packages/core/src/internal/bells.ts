import * as Signal from "../Signal.js"

/** A signal that says no more than that something has changed. */
export type Bell = Signal.Signal<void>

export const make = (): Bell => Signal.make("first")

/** Bells by name, made when first asked for. */
export class Bells {
  private readonly byName = new Map<string, Bell>()

  get(name: string): Bell {
    const known = this.byName.get(name)
    if (known !== undefined) return known
    const bell = make()
    this.byName.set(name, bell)
    return bell
  }

  ringAll(): void {
    for (const bell of this.byName.values()) bell.emit()
  }
}
