/** A command that is no Node program, under `exit75`: it says what it was launched for. */
import { type TempDir, tempDir } from './temp-dir.ts'

type Test = Parameters<typeof tempDir>[0]

/** Says `runs <version> [["modified","<path>"], …]` with paths as seen from here, and stays. */
export const LINE = `echo "runs $(cat version.txt) $EXIT75_CHANGES" | sed "s#$PWD/##g"; exec sleep 1000`

export const commandDir = (t: Test, files: Record<string, string> = {}): TempDir =>
  tempDir(t, { 'version.txt': 'a', ...files })

/** What it says if these, and nothing else, are why it runs. */
export const runs = (version: string, ...changes: readonly [type: string, path: string][]): string =>
  `runs ${version} ${JSON.stringify(changes)}`
