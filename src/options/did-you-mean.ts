/** Returns `. Did you mean "onCrash"?` for a name close to a known one, else a list of the known ones. */
export function suggestion(name: string, known: readonly string[]): string {
  const near = nearest(name, known)
  return near === undefined ? `. The known ones are: ${known.join(', ')}` : `. Did you mean "${near}"?`
}

/** Returns the closest name, else the first that begins with the same four letters. */
export function nearest(typed: string, known: readonly string[]): string | undefined {
  const name = typed.toLowerCase()
  const beginning = name.slice(0, 4)
  return (
    closest(typed, known) ??
    known.find((word) => beginning !== '' && word.toLowerCase().startsWith(beginning))
  )
}

/** Returns the name with the same letters in any order, else the one with the fewest changes, if few. */
export function closest(typed: string, known: readonly string[]): string | undefined {
  const name = typed.toLowerCase()
  const letters = (word: string) => [...word].sort().join('')
  const limit = Math.max(1, Math.floor(name.length / 3))
  const [first] = known
    .map((word) => {
      const other = word.toLowerCase()
      return { word, changes: letters(other) === letters(name) ? 0 : changesBetween(name, other) }
    })
    .filter(({ changes }) => changes <= limit)
    .sort((a, b) => a.changes - b.changes)
  return first?.word
}

/** Returns the Levenshtein distance. */
function changesBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (const [at, letter] of [...from].entries()) {
    const above = row
    row = [at + 1]
    for (const [column, other] of [...to].entries()) {
      const [diagonal = 0, up = 0, left = 0] = [above[column], above[column + 1], row[column]]
      row.push(letter === other ? diagonal : 1 + Math.min(diagonal, up, left))
    }
  }
  return row.at(-1) ?? 0
}
