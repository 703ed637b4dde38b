/** The words of a command as a POSIX shell splits them (2.2, quoting), which nothing else is done to. */

/** A backslash is part of a path there. */
const ESCAPES = process.platform !== 'win32'

/** Throws for a quote that is not closed. */
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

/** One word, of pieces that are quoted in different ways; and how long it was. */
function firstWord(text: string, line: string): [number, string] {
  let word = ''
  let at = 0
  while (at < text.length && !/\s/.test(text[at] as string)) {
    const [piece = '', single, double, escaped] = PIECE.exec(text.slice(at)) ?? []
    if (piece === '') throw new TypeError(`runProcess(): something in ${line} is quoted without an end`)
    word += single ?? double?.replace(IN_DOUBLE, '$1') ?? escaped?.replace('\n', '') ?? piece
    at += piece.length
  }
  return [at, word]
}

/** 'as it is', "but for a few", \x, or anything else up to the next of these. */
const PIECE = ESCAPES
  ? /^(?:'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|[^\s'"\\]+)/s
  : /^(?:'([^']*)'|"([^"]*)"|(?!)()|[^\s'"]+)/s

/** All that a backslash escapes between double quotes; the end of a line is then no end. */
const IN_DOUBLE = ESCAPES ? /\\(?:([$`"\\])|\n)/g : /(?!)/
