/** What tools keep for themselves; the greater part of this is in watchfiles' DefaultFilter. */

/** What is never a program's data. */
const FOREIGN: readonly string[] = ['.git', 'node_modules']

/** Directories that no edit is made in. */
export const TOOL_DIRECTORIES: readonly string[] = [
  ...FOREIGN,
  ...['.hg', '.svn', '.tox', '.nox', '.venv', '.idea', '.cache', '.hypothesis'],
  ...['__pycache__', '.mypy_cache', '.pytest_cache', '.ruff_cache'],
]

/** What editors and tools put beside a file while they write it. */
const EDITOR_PATTERNS: readonly RegExp[] = [/~$/, /^\.#/, /^#.*#$/, /\.sw[a-z]$/, /^4913$/, /___jb_\w+___$/]

/** Names of files that nobody edits. */
export const TOOL_PATTERNS: readonly RegExp[] = [
  ...EDITOR_PATTERNS,
  ...[/\.py[cod]$/, /^\.DS_Store$/, /^flycheck_/],
]

/** What does not count even below a directory that the program names itself. */
export const isPassedOver = (name: string): boolean =>
  FOREIGN.includes(name) || EDITOR_PATTERNS.some((one) => one.test(name))

/** What does not count below directories that are watched for a program. */
export const isDefaultIgnored = (name: string): boolean =>
  TOOL_DIRECTORIES.includes(name) || TOOL_PATTERNS.some((one) => one.test(name))
