/** In which order the test files run, and how long all of them will take. Knows nothing but numbers. */

export interface Plan {
  /** Several at a time; those that take longest come first, so that none is left over at the end. */
  readonly together: readonly string[]
  readonly alone: readonly string[]
}

export function planned(
  files: readonly string[],
  isSerial: (file: string) => boolean,
  seconds: ReadonlyMap<string, number>,
): Plan {
  const usual = average([...seconds.values()])
  const time = (file: string) => seconds.get(file) ?? usual
  return {
    together: files.filter((file) => !isSerial(file)).toSorted((one, other) => time(other) - time(one)),
    alone: files.filter(isSerial),
  }
}

/** The seconds that a plan takes with so many files at a time; undefined if nothing was ever measured. */
export function estimated(
  { together, alone }: Plan,
  atATime: number,
  seconds: ReadonlyMap<string, number>,
): number | undefined {
  if (seconds.size === 0) return undefined
  const usual = average([...seconds.values()])
  const time = (file: string) => seconds.get(file) ?? usual
  const lanes = Array.from({ length: atATime }, () => 0)
  for (const file of together) {
    const free = Math.min(...lanes)
    lanes[lanes.indexOf(free)] = free + time(file)
  }
  return Math.max(...lanes) + alone.reduce((sum, file) => sum + time(file), 0)
}

/** `about 40 s`, `about 4 minutes`: no more precise than it is. */
export function roughly(seconds: number): string {
  if (seconds < 55) return `about ${Math.max(1, Math.ceil(seconds / 5) * 5)} s`
  const halves = Math.max(2, Math.round(seconds / 30))
  return `about ${halves / 2} ${halves === 2 ? 'minute' : 'minutes'}`
}

const average = (numbers: readonly number[]): number =>
  numbers.length === 0 ? 1 : numbers.reduce((sum, one) => sum + one, 0) / numbers.length
