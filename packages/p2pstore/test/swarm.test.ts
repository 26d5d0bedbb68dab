import { expect, test } from 'vitest'
import { exitCode } from '../src/exit-code.ts'
import { emptyFolder } from './folder.ts'
import { UpProcess } from './up-process.ts'

/** `P2PSTORE_SWARM=20` is the long mode. */
const nodeCount = Number(process.env.P2PSTORE_SWARM ?? 7)
const victimCount = Math.floor(nodeCount / 4)
const withinMs = 120_000

interface Seen {
  readonly peerId: string
  readonly availability: string
  readonly reasons: readonly string[]
}

test(
  `${nodeCount} processes know how each other is, while some stand still and some are killed`,
  async () => {
    await using network = await UpProcess.start(await emptyFolder(), nodeCount)
    const stopped = network.nodes.slice(1, 1 + victimCount)
    const killed = network.nodes.slice(1 + victimCount, 1 + 2 * victimCount)
    const idsOf = (nodes: readonly { peerId: string }[]): string[] => nodes.map(({ peerId }) => peerId).sort()

    /** Until status tells exactly these to be down and all others up; that one in order is down would be a lie at any time. */
    const untilDown = async (nodes: typeof stopped): Promise<readonly Seen[]> => {
      const gone = idsOf(nodes)
      const startMs = performance.now()
      for (;;) {
        const { status, stdout, stderr } = await network.run(['status', '--json'])
        const isLate = performance.now() - startMs > withinMs
        // A client may have to come again; saying so is no lie.
        if (status === exitCode.temporary && !isLate) continue
        if (status !== exitCode.ok) throw new Error(stderr)
        const { members } = JSON.parse(stdout.toString()) as { members: readonly Seen[] }
        const wronged = members.filter(({ peerId, availability }) => availability === 'down' && !gone.includes(peerId))
        const late = members.filter(({ peerId, availability }) => gone.includes(peerId) && availability !== 'down')
        const isAllUp = members.filter(({ availability }) => availability === 'up').length === nodeCount - gone.length
        if (gone.length > 0) expect(wronged).toEqual([])
        if (members.length === nodeCount && late.length === 0 && isAllUp) return members
        if (isLate) throw new Error(`status stays at ${JSON.stringify(members)}`)
      }
    }

    await untilDown([])
    for (const { pid } of stopped) process.kill(pid, 'SIGSTOP')
    const seen = await untilDown(stopped)
    for (const { availability, reasons } of seen) expect(reasons.length > 0).toBe(availability === 'down')
    for (const { pid } of stopped) process.kill(pid, 'SIGCONT')
    await untilDown([])
    network.kill(...killed.map(({ name }) => name))
    await untilDown(killed)

    const peers = JSON.parse((await network.run(['peers', '--sort', 'latency', '--json'])).stdout.toString()).peers
    expect(peers).toHaveLength(nodeCount)
    const latencies = peers.map(({ roundTripMs }: { roundTripMs?: number }) => roundTripMs ?? Number.POSITIVE_INFINITY)
    expect(latencies).toEqual(latencies.toSorted((a: number, b: number) => a - b))
    const { links } = JSON.parse((await network.run(['links', '--json'])).stdout.toString())
    expect(links.length).toBeGreaterThan(0)
    for (const { roundTripMs, security } of links) expect([roundTripMs > 0, security]).toEqual([true, 'secure'])
  },
  5 * withinMs,
)
