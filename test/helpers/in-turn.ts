/** The cases of one program, one after the other: a start of Node costs more than most cases do. */
import type { TestContext } from 'node:test'

export type Case = readonly [name: string, act: (t: TestContext) => unknown]

/** After one that fails the program is not where the others expect it: they are skipped. */
export async function inTurn(t: TestContext, cases: readonly Case[]): Promise<void> {
  let isLost = false
  for (const [name, act] of cases)
    await t.test(name, async (inner) => {
      if (isLost) return inner.skip('an earlier case of this program failed')
      isLost = true
      await act(inner)
      isLost = false
    })
}
