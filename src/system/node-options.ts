/** Splits NODE_OPTIONS into words, which may be quoted (node:cli, NODE_OPTIONS). */
export function wordsOf(options: string): string[] {
  const words = options.match(/(?:[^\s"]|"(?:\\.|[^"\\])*")+/g) ?? []
  return words.map((word) =>
    word.replace(/"((?:\\.|[^"\\])*)"/g, (_all, text: string) => text.replace(/\\(.)/g, '$1')),
  )
}

export const optionsOf = (words: readonly string[]): string =>
  words.map((word) => (/[\s"\\]/.test(word) ? `"${word.replace(/["\\]/g, '\\$&')}"` : word)).join(' ')
