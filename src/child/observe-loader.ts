/**
 * Observes what loaders that Node runs in a thread of their own (`--loader`) read while a standby boots. Passed
 * as the first of them, so that nothing is read before; it has no hooks.
 */
import { BroadcastChannel } from 'node:worker_threads'
import { observe } from './observe-reads.ts'
import { answerReads, READS_CHANNEL, takeReads } from './observed-reads.ts'

observe()
const channel = new BroadcastChannel(READS_CHANNEL)
channel.onmessage = (event) => {
  answerReads((event as { data: SharedArrayBuffer }).data, takeReads())
  channel.close()
}
channel.unref()
