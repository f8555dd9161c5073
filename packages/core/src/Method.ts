/** How the next trial config is chosen. `custom` leaves it to the caller's own `Strategy`. */
export type Method = "grid" | "random" | "bayes" | "custom"
