/** Says once that none of the sockets that systemd has passed is taken: whoever connects there would wait for ever. */
import { inheritedSockets } from '../system/systemd.ts'

/** Call this for each address that is not among them. The others may be asked for later. */
export function noteNotPassed(address: string): void {
  if (isExpected || isTaken || inheritedSockets().length === 0) return
  isExpected = true
  setTimeout(() => {
    if (!isTaken && process.env.EXIT75_LOG !== 'silent')
      process.stderr.write(`[exit75] ${textFor(address)}\n`)
  }, OTHERS_TIME).unref()
}

/** Call this for one that is. */
export function takenFromSystemd(): void {
  isTaken = true
}

const textFor = (address: string): string =>
  `listenOn(${address}): systemd has passed no socket of this address, and nobody answers those that it has passed · use one address here and in ListenStream= of the .socket unit`

/** In which a program has asked for all its sockets, in ms. */
const OTHERS_TIME = 2000
let isExpected = false
let isTaken = false
