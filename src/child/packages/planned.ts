/** Carries out a standby's plan: tells the parent what is unfit, and returns what to compare at the launch. */
import type { StampedFile } from '../../protocol/change.ts'
import { sendToParent } from '../../protocol/messages.ts'
import { hasPackage, type LoadPlan, type PackageModule } from '../../protocol/packages.ts'
import { isListing } from '../../watch/files/listing.ts'
import { isInPackage } from '../../watch/files/paths.ts'
import type { Child } from '../begin.ts'
import { writeCompiledCode } from '../compile-cache.ts'
import { filesOfInstallation, loadAhead } from './load-ahead.ts'

/** Yields as loadAhead() does; returns the files to compare at the launch. */
export function* loadPlanned(
  { config, role, boot }: Child,
  plan: LoadPlan,
): Generator<PackageModule, readonly StampedFile[], { readonly error?: unknown }> {
  if (boot === undefined || plan.packages.length === 0) {
    if (config.warm.length > 0) writeCompiledCode()
    return []
  }
  const { toParentFd } = config
  if (hasPackage(plan)) boot.complete()
  const onBegin = (url: string) => sendToParent(toParentFd, { is: 'loading', url })
  const installed = filesOfInstallation(plan.packages.map(({ url }) => url))
  const { unfit, files, ahead } = yield* loadAhead(plan, { globals: boot.globals(), onBegin })
  if (ahead !== undefined && hasPackage(plan)) boot.ahead(ahead)
  if (unfit.length > 0) sendToParent(toParentFd, { is: 'unfit', packages: unfit })
  else writeCompiledCode()
  // Packages have too many files to compare them all: the thread watches those.
  for (const file of files)
    if (isInPackage(file.path) && !isListing(file.stamp) && file.stamp !== '')
      role.send({ is: 'loaded', file })
  return [...installed, ...files.filter(({ path }) => !isInPackage(path))]
}
