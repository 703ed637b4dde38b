/** Splits a command into words like a POSIX shell (2.2, quoting), without any other expansion. */

/** On Windows a backslash is part of a path. */
const ESCAPES = process.platform !== 'win32'

/** Returns the words. Throws for an unterminated quote. */
export function wordsIn(line: string): string[] {
  const words: string[] = []
  let rest = line.replace(/^\s+/, '')
  while (rest !== '') {
    const [length, word] = firstWord(rest, line)
    words.push(word)
    rest = rest.slice(length).replace(/^\s+/, '')
  }
  return words
}

/** Returns the length of the first word and its text, of pieces that may be quoted differently. */
function firstWord(text: string, line: string): [number, string] {
  let word = ''
  let at = 0
  while (at < text.length && !/\s/.test(text[at] as string)) {
    const [piece = '', single, double, escaped] = PIECE.exec(text.slice(at)) ?? []
    if (piece === '') throw new TypeError(`runProcess(): unterminated quote in ${line}`)
    word += single ?? double?.replace(IN_DOUBLE, '$1') ?? escaped?.replace('\n', '') ?? piece
    at += piece.length
  }
  return [at, word]
}

/** 'literal', "with escapes", \x, or unquoted text up to the next of these. */
const PIECE = ESCAPES
  ? /^(?:'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|[^\s'"\\]+)/s
  : /^(?:'([^']*)'|"([^"]*)"|(?!)()|[^\s'"]+)/s

/** Escapes between double quotes; an escaped newline is removed. */
const IN_DOUBLE = ESCAPES ? /\\(?:([$`"\\])|\n)/g : /(?!)/
