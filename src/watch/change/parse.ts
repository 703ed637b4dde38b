/** Whether a file parses, asked of Node itself, without running it. */
import module from 'node:module'
import { extname } from 'node:path'
import vm from 'node:vm'
import { Worker } from 'node:worker_threads'

export interface SyntaxFault {
  readonly message: string
  /** Null where the parser keeps it to itself: see `lineInModule`. */
  readonly line: number | null
}

type Check = (text: string, path: string) => SyntaxFault | undefined

const known = new WeakMap<Buffer, SyntaxFault | 'none'>()

/** What is wrong with a file; undefined if it parses, or is of a kind that Node cannot check. */
export function syntaxFault(path: string, bytes: Buffer): SyntaxFault | undefined {
  const fault = known.get(bytes) ?? CHECKS[extname(path)]?.(textOf(bytes), path) ?? 'none'
  known.set(bytes, fault)
  return fault === 'none' ? undefined : fault
}

const asModule: Check = (text) => fault(() => new vm.SourceTextModule(text))

const asCommonJs: Check = (text, filename) => fault(() => vm.compileFunction(text, WRAPPER, { filename }))
const WRAPPER = ['exports', 'require', 'module', '__filename', '__dirname']

/** Which kind a `.js` file is may change with the edit: it is wrong only if it is neither. */
const asEither: Check = (text, path) => {
  const wrong = asCommonJs(text, path)
  return wrong && asModule(text, path) && (/^\s*(import|export)\b/m.test(text) ? asModule(text, path) : wrong)
}

const asJson: Check = (text) => {
  const wrong = fault(() => JSON.parse(text))
  return wrong && { message: wrong.message.replace(/\s+/g, ' '), line: lineInJson(text) }
}

/**
 * V8 does not always say where. But a text that is cut before its fault is only too short, and one
 * that is cut behind it has the same fault still: the place is between the two.
 */
function lineInJson(text: string): number {
  let [sound, faulty] = [0, text.length + 1]
  while (faulty - sound > 1) {
    const middle = Math.floor((sound + faulty) / 2)
    if (isOnlyTooShort(text.slice(0, middle))) sound = middle
    else faulty = middle
  }
  return text.slice(0, sound).split('\n').length
}

function isOnlyTooShort(json: string): boolean {
  try {
    JSON.parse(json)
    return true
  } catch (error) {
    const { message } = error as SyntaxError
    const at = / at position (\d+)/.exec(message)?.[1]
    return at === undefined ? message.includes('end of JSON input') : Number(at) >= json.length
  }
}

/** Node ≥ 22.13 can strip types. What it merely does not support (enums), another loader may. */
const asTypeScript: Check = (text, sourceUrl) => {
  if (typeof module.stripTypeScriptTypes !== 'function') return undefined
  return fault(() => module.stripTypeScriptTypes(text, { sourceUrl }), 'ERR_INVALID_TYPESCRIPT_SYNTAX')
}

const CHECKS: Record<string, Check> = {
  '.js': asEither,
  '.mjs': asModule,
  '.cjs': asCommonJs,
  '.json': asJson,
  '.ts': asTypeScript,
  '.mts': asTypeScript,
  '.cts': asTypeScript,
}

function fault(parse: () => unknown, code?: string): SyntaxFault | undefined {
  try {
    parse()
    return undefined
  } catch (error) {
    if (!(error instanceof SyntaxError) || (error as NodeJS.ErrnoException).code !== code) return undefined
    // The first line of the stack names the place, unless it begins with the message.
    const place = /^(?!SyntaxError).*:(\d+)\n/.exec(error.stack ?? '') ?? /\(line (\d+) /.exec(error.message)
    const line = place?.[1]
    return { message: `${error.name}: ${error.message}`, line: line === undefined ? null : Number(line) }
  }
}

/**
 * The line of a fault in an ES module. node:vm does not tell it; the report of an error that a
 * thread did not catch does.
 */
export async function lineInModule(bytes: Buffer): Promise<number | null> {
  const thread = new Worker(
    `const { workerData } = require('node:worker_threads')
    new (require('node:vm').SourceTextModule)(workerData, { identifier: 'module' })`,
    {
      eval: true,
      workerData: textOf(bytes),
      execArgv: ['--experimental-vm-modules', '--no-warnings'],
      env: {},
    },
  )
  const line = await new Promise<string | undefined>((resolve) => {
    thread.on('error', (error: Error) => resolve(/^module:(\d+)$/m.exec(error.stack ?? '')?.[1]))
    thread.on('exit', () => resolve(undefined))
  })
  return line === undefined ? null : Number(line)
}

const textOf = (bytes: Buffer): string => bytes.toString('utf8').replace(/^\uFEFF/, '')
