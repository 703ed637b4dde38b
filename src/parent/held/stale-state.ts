/** Removes state left behind by a parent and child that were both killed. */
import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { lifeOf, type Owner, ownerIn, self } from '../../system/owner.ts'
import { removeWithin, temporaryDirectory, usualName, within } from '../../system/private-directory.ts'
import { unlessShort } from '../../system/shortage.ts'

/** Age after which state is abandoned, in ms: a living parent marks its own twice a day. */
const ABANDONED = 7 * 24 * 60 * 60 * 1000

/** Rejects if there was no free descriptor to look for it. */
export async function removeStaleState(): Promise<void> {
  const own = self()
  for (const directory of await privateDirectories()) {
    for (const { name, marked } of contentOf(directory))
      if (isStale(name, marked, own, Date.now())) removeWithin(join(directory, name))
  }
}

/** Whether the owner is dead. For another container or machine that is unknown, so age decides. */
export function isStale(
  name: string,
  marked: number,
  own: Owner,
  now: number,
  startOf?: (pid: number) => string | undefined,
): boolean {
  const owner = ownerIn(name.replace(/-[0-9a-f]{16}$/, ''))
  if (owner === undefined) return false
  const life = lifeOf(owner, own, startOf)
  return life === 'dead' || (life === 'unknown' && now - marked > ABANDONED)
}

/** Returns all that privateDirectory() may have chosen, now or earlier; within() checks who owns them. */
async function privateDirectories(): Promise<string[]> {
  const temporary = temporaryDirectory(process.cwd())
  const usual = usualName()
  const { readdir } = process.getBuiltinModule('node:fs/promises') // loaded when the first child is on its way
  const names = await readdir(temporary).catch(unlessShort<string[]>([]))
  const ours = names.filter((name) => name === usual || (name.startsWith(usual) && ODD.test(name)))
  const runtime = process.env.XDG_RUNTIME_DIR
  return [...(runtime ? [join(runtime, 'exit75')] : []), ...ours.map((name) => join(temporary, name))]
}

const ODD = /^exit75(-\d+)?-[0-9a-f]{16}$/

function contentOf(directory: string): { name: string; marked: number }[] {
  try {
    return within(directory, false, (root) =>
      readdirSync(root).flatMap((name) => {
        const stats = lstatSync(join(root, name), { throwIfNoEntry: false })
        return stats === undefined ? [] : [{ name, marked: stats.mtimeMs }]
      }),
    )
  } catch (error) {
    return unlessShort([])(error) // not ours, or gone
  }
}
