/** The cases of one program, one after the other: a start of Node costs more than most cases do. */
import type { TestContext } from 'node:test'

export type Case = readonly [name: string, act: (t: TestContext) => unknown]

export async function inTurn(t: TestContext, cases: readonly Case[]): Promise<void> {
  const next = turns(t)
  for (const [name, act] of cases) await next(name, act)
}

/** The same, one by one. After one that fails the program is not where the others expect it: they are skipped. */
export function turns(t: TestContext): (...next: Case) => Promise<void> {
  let isLost = false
  return (name, act) =>
    t.test(name, async (inner) => {
      if (isLost) return inner.skip('an earlier case of this program failed')
      isLost = true
      await act(inner)
      isLost = false
    })
}
