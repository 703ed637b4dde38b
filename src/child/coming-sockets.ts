/**
 * The parent's sockets on Windows, which arrive through a pipe, after the app has called listen(): its server gets a
 * stand-in at once, as in Node's cluster, and clients wait until the socket itself has arrived.
 */
import type { ComingSockets } from '../protocol/child-config.ts'
import { binding } from '../system/binding.ts'

/** A handle inside a net.Server. */
interface Listener {
  onconnection: (status: number, client?: object) => void
  listen: (backlog: number) => number
  getsockname: (out: object) => number
  close: (done?: () => void) => void
  ref: () => void
  unref: () => void
  hasRef: () => boolean
  /** On Windows only. */
  setSimultaneousAccepts?: (on: boolean) => number
}

/** Returns a function that gives the handle for an address, by its key. Undefined for one that does not arrive. */
export function comingSockets(coming: ComingSockets): (key: string) => object | undefined {
  const keys = Object.keys(coming.addresses)
  const waiting = new Map<string, (arrived: Arrived) => void>()
  const arrived = new Map<string, Arrived>()
  let isRead = false
  return (key) => {
    if (!(key in coming.addresses) || waiting.has(key)) return undefined
    const { handle, arrives } = standIn(coming.addresses[key] as object)
    waiting.set(key, arrives)
    const there = arrived.get(key)
    if (there !== undefined) arrives(there)
    if (!isRead) receive(coming.fd, keys.length, come)
    isRead = true
    return handle
  }

  function come(socket: Arrived): void {
    const key = keys[arrived.size] as string
    arrived.set(key, socket)
    waiting.get(key)?.(socket)
  }
}

/** The socket, or libuv's error number. */
type Arrived = Listener | number

/** Keeps the process alive until all have arrived. */
function receive(fd: number, count: number, come: (socket: Arrived) => void): void {
  const { Pipe } = binding('pipe_wrap') as { Pipe: new (type: number) => Pipe }
  const { streamBaseState, kReadBytesOrError = 0 } = binding('stream_wrap') as StreamState
  const pipe = new Pipe(IPC)
  let missing = count
  pipe.open(fd)
  pipe.pendingHandle = null
  pipe.onread = () => {
    const { pendingHandle } = pipe
    const status = streamBaseState[kReadBytesOrError] ?? 0
    if (pendingHandle === null && status >= 0) return
    pipe.pendingHandle = null
    const last = pendingHandle === null ? 0 : missing - 1
    for (; missing > last; missing -= 1) come(pendingHandle ?? status)
    if (missing === 0) pipe.close()
  }
  pipe.readStart()
}

interface Pipe {
  pendingHandle: Listener | null
  onread: () => void
  readonly open: (fd: number) => number
  readonly readStart: () => number
  readonly close: () => void
}
interface StreamState {
  readonly streamBaseState: Int32Array
  readonly kReadBytesOrError?: number
}

/** PipeConstants of Node. */
const IPC = 2
/** TCPConstants of Node. */
const SERVER = 1

/** Acts as a listening handle immediately, and forwards to the socket once that has arrived. */
function standIn(address: object): { handle: object; arrives: (socket: Arrived) => void } {
  const { TCP } = binding('tcp_wrap') as { TCP: new (type: number) => Listener }
  // net.Server.listen() accepts only a handle of Node's own class.
  const handle = new TCP(SERVER)
  const { close } = handle
  let socket: Listener | undefined
  let backlog: number | undefined
  let isClosed = false
  let isReferred = true
  Object.assign(handle, {
    listen(asked: number) {
      backlog = asked
      if (socket !== undefined) begin(socket, asked)
      return 0
    },
    getsockname(out: object) {
      Object.assign(out, address)
      return 0
    },
    close(done?: () => void) {
      isClosed = true
      socket?.close()
      close.call(handle, done)
    },
    ref() {
      isReferred = true
      socket?.ref()
    },
    unref() {
      isReferred = false
      socket?.unref()
    },
    hasRef: () => isReferred,
  })
  return { handle, arrives }

  function arrives(arrived: Arrived): void {
    if (typeof arrived === 'number') {
      if (!isClosed && backlog !== undefined) handle.onconnection(arrived)
      return
    }
    if (isClosed) return arrived.close()
    socket = arrived
    if (!isReferred) socket.unref()
    if (backlog !== undefined) begin(socket, backlog)
  }

  function begin(real: Listener, asked: number): void {
    // As Node does with its own: the system would accept 32 clients ahead, which are reset when this process ends.
    real.setSimultaneousAccepts?.(false)
    real.onconnection = (status, client) => handle.onconnection(status, client)
    const status = real.listen(asked)
    if (status !== 0) handle.onconnection(status)
  }
}
