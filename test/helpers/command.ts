/** A command that is no Node program, under `exit75`: it says what it was launched for. */
import { type TempDir, tempDir } from './temp-dir.ts'

type Test = Parameters<typeof tempDir>[0]

/** Says `runs <version> [["modified","<path>"], …]`. */
export const SAYS: string = 'read -r version < version.txt; echo "runs $version $EXIT75_CHANGES"'

/** The same, and stays: nobody types anything. */
export const LINE: string = `${SAYS}; read -r _`

export const commandDir = (t: Test, files: Record<string, string> = {}): TempDir =>
  tempDir(t, { 'version.txt': 'a', ...files })

/** What it says if these files, and nothing else, are why it runs. */
export const runs = (
  dir: TempDir,
  version: string,
  ...changes: readonly [type: string, name: string][]
): string => `runs ${version} ${JSON.stringify(changes.map(([type, name]) => [type, dir.file(name)]))}`
