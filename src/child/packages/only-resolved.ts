/** What the app only resolves: loading that ahead would run what the app itself never runs. */
import { escaped } from './configured.ts'

/** Whether a module asks where another one is, and does not import it, as far as its text tells. */
export function isOnlyResolved(source: string, specifier: string): boolean {
  if (!source.includes('import.meta.resolve')) return false
  return !new RegExp(`\\b(from|import)\\s*\\(?\\s*(['"\`])${escaped(specifier)}\\2`).test(source)
}
