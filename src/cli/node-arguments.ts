/** Separates Node's own flags from the file that follows them. */
import { spawnSync } from 'node:child_process'
import { isEval } from '../system/flag-kinds.ts'

export interface NodeWords {
  readonly flags: readonly string[]
  /** The file and its arguments; only arguments if the program is among the flags. */
  readonly rest: readonly string[]
  readonly isEval: boolean
}

/** Splits the words after `node` on a command line. */
export function splitFlags(words: readonly string[]): NodeWords {
  const flags: string[] = []
  let at = 0
  for (; at < words.length; at += 1) {
    const word = words[at] as string
    if (!word.startsWith('-') || word === '-') break
    if (word === '--') return { flags, rest: words.slice(at + 1), isEval: flags.some(isEval) }
    flags.push(word)
    const value = words[at + 1]
    if (value === undefined || !(takesValue(word) || (!value.startsWith('-') && isLacking(word)))) continue
    flags.push(value)
    at += 1
  }
  return { flags, rest: words.slice(at), isEval: flags.some(isEval) }
}

/** Whether Node runs an entry file with these flags, not tests, a package.json script or nothing. */
export const isRestartable = (flags: readonly string[]): boolean =>
  !flags.some((flag) => NO_PROGRAM.test(flag))

const NO_PROGRAM =
  /^(-v|--version|-h|--help|--v8-options|--completion-bash|-c|--check|--test|--run(=.*)?|--prof-process|--build-s.*|--experimental-sea-config(=.*)?|--entry-url)$/

/** Whether Node accepts a flag. Starts Node only for unlisted ones: V8's, and those of later versions. */
export function isNodeFlag(word: string): boolean {
  const name = word.replace(/=.*/s, '')
  if (process.allowedNodeEnvironmentFlags.has(word) || takesValue(name) || ALONE.test(name)) return true
  if (!/^--\w/.test(name)) return false
  return !/: bad option: /.test(complaintOf(word))
}

/** Flags without a value that NODE_OPTIONS does not allow. */
const ALONE = /^(-c|--check|--test|--test-only|--interactive|--v8-options|--prof-process|--prof)$/

/** Returns names without dashes, for suggestions. */
export const namesOfNodeFlags = (): string[] => [
  ...[...process.allowedNodeEnvironmentFlags].flatMap((flag) => /^--(.+)$/.exec(flag)?.[1] ?? []),
  ...WITH_VALUE,
]

/** Whether the next word is the flag's value. Never for V8's flags, which need an equals sign. */
export const takesValue = (flag: string): boolean => {
  return (
    /^-(r|C|e|p|pe)$/.test(flag) ||
    (flag.startsWith('--') && WITH_VALUE.has(flag.slice(2).replaceAll('_', '-')))
  )
}

/** Whether a Node newer than the list below says that a flag lacks its value. */
function isLacking(flag: string): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const isNewer = major > LISTED.major || (major === LISTED.major && minor > LISTED.minor)
  return isNewer && /^--[a-z][\w-]*$/.test(flag) && / requires an argument/.test(complaintOf(flag))
}

/** Returns what Node writes to stderr about a flag. */
function complaintOf(flag: string): string {
  const { NODE_OPTIONS: _, ...env } = process.env
  return spawnSync(process.execPath, [flag, '--version'], { env, encoding: 'utf8' }).stderr ?? ''
}

/** The newest Node whose flags are listed. */
const LISTED = { major: 26, minor: 12 }
/** Flags that Node 20, 22, 24 or 26 rejects without a value. A test searches its help for new ones. */
const WITH_VALUE: ReadonlySet<string> = new Set(
  `
    allow-fs-read allow-fs-write bench-isolation bench-name-pattern bench-reporter
    bench-reporter-destination bench-samples bench-warmup build-sea build-snapshot-config conditions
    cpu-prof-dir cpu-prof-interval cpu-prof-name debug-port diagnostic-dir disable-proto disable-warning
    dns-result-order env-file env-file-if-exists eval experimental-default-type experimental-loader
    experimental-package-map experimental-policy experimental-sea-config experimental-test-isolation
    experimental-test-tag-filter heap-prof-dir heap-prof-interval heap-prof-name
    heapsnapshot-near-heap-limit heapsnapshot-signal icu-data-dir import input-type inspect-port
    inspect-publish-uid loader localstorage-file max-http-header-size max-old-space-size-percentage
    network-family-autoselection-attempt-timeout openssl-config policy-integrity print process-timeout
    redirect-warnings report-dir report-directory report-filename report-signal require secure-heap secure-heap-min
    snapshot-blob test-concurrency test-coverage-branches test-coverage-exclude test-coverage-functions
    test-coverage-include test-coverage-lines test-global-setup test-isolation test-name-pattern
    test-random-seed test-reporter test-reporter-destination test-rerun-failures test-shard
    test-skip-pattern test-timeout title tls-cipher-list tls-keylog trace-event-categories
    trace-event-file-pattern trace-require-module unhandled-rejections use-largepages v8-pool-size
    vfs-load vfs-mount watch-kill-signal watch-path`
    .trim()
    .split(/\s+/),
)
