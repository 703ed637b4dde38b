/** Files and directories that belong to tools; most of the list is that of watchfiles' DefaultFilter. */

/** Never a program's own data. */
const FOREIGN: readonly string[] = ['.git', 'node_modules']

/** Directories in which nobody edits files. */
export const TOOL_DIRECTORIES: readonly string[] = [
  ...FOREIGN,
  ...['.hg', '.svn', '.tox', '.nox', '.venv', '.idea', '.cache', '.hypothesis'],
  ...['__pycache__', '.mypy_cache', '.pytest_cache', '.ruff_cache'],
]

/** Directories that frameworks, bundlers and coverage tools write to while a program runs, in .gitignore or not. */
export const WRITTEN_TO: ReadonlySet<string> = new Set([
  ...['.next', '.nuxt', '.output', '.nitro', '.svelte-kit', '.astro', '.angular', '.docusaurus', '.vinxi'],
  ...['.cache', '.parcel-cache', '.turbo', '.vite', '.wrangler', '.temp', '.tmp', '.nyc_output'],
])

/** Files that editors and tools create beside a file while they write it. */
const EDITOR_PATTERNS: readonly RegExp[] = [/~$/, /^\.#/, /^#.*#$/, /\.sw[a-z]$/, /^4913$/, /___jb_\w+___$/]

/** File names that nobody edits. */
export const TOOL_PATTERNS: readonly RegExp[] = [
  ...EDITOR_PATTERNS,
  ...[/\.py[cod]$/, /^\.DS_Store$/, /^flycheck_/],
]

/** Whether a name never counts, even below a directory that the program itself names. */
export const isPassedOver = (name: string): boolean =>
  FOREIGN.includes(name) || EDITOR_PATTERNS.some((pattern) => pattern.test(name))

/** Whether a name does not count below directories that are watched for a program. */
export const isDefaultIgnored = (name: string): boolean =>
  TOOL_DIRECTORIES.includes(name) ||
  WRITTEN_TO.has(name) ||
  TOOL_PATTERNS.some((pattern) => pattern.test(name))
