/** What a node tells anyone who can reach its health address: whether it serves, and figures. No names, keys or addresses. */
import type { Availability } from '@p2pstore/state'
import type { StoreUsage } from '../ports/shard-store.ts'
import { type Page, plain } from './http-face.ts'
import { formatMetrics, type Metric, metricsType } from './metrics.ts'

export interface Observed {
  usage(): StoreUsage
  status(): { readonly members: readonly { readonly availability: Availability }[] }
  readonly isDraining: boolean
}

export interface ProcessFigures {
  readonly residentBytes: number
  readonly cpuSeconds: number
}

const availabilities: readonly Availability[] = ['up', 'suspect', 'down']

/** `/health`: 200 as long as a unit is in use, else 503. `/metrics`: figures. */
export function healthPage(node: Observed, figures: () => ProcessFigures): (path: string) => Page | undefined {
  return (path) => {
    if (path === '/health') return node.usage().capacityBytes > 0 ? plain(200, 'ok') : plain(503, 'no unit is in use')
    if (path === '/metrics') return { status: 200, type: metricsType, body: formatMetrics(metricsOf(node, figures())) }
    return undefined
  }
}

function metricsOf(node: Observed, { residentBytes, cpuSeconds }: ProcessFigures): Metric[] {
  const { capacityBytes, freeBytes, liveBytes, deadBytes, shardCount } = node.usage()
  const { members } = node.status()
  return [
    gauge('p2pstore_store_capacity_bytes', 'What the units may occupy.', capacityBytes),
    gauge('p2pstore_store_free_bytes', 'What can still be written.', freeBytes),
    gauge('p2pstore_store_live_bytes', 'Shards that can be read.', liveBytes),
    gauge('p2pstore_store_dead_bytes', 'What compaction can give back.', deadBytes),
    gauge('p2pstore_store_shards', 'Shards that can be read.', shardCount),
    gauge('p2pstore_draining', 'Whether the node is being emptied.', Number(node.isDraining)),
    {
      name: 'p2pstore_members',
      help: 'Storage nodes as this one sees them.',
      kind: 'gauge',
      samples: availabilities.map((state) => ({
        labels: { state },
        value: members.filter(({ availability }) => availability === state).length,
      })),
    },
    gauge('process_resident_memory_bytes', 'Memory in use.', residentBytes),
    {
      name: 'process_cpu_seconds_total',
      help: 'Processor time used.',
      kind: 'counter',
      samples: [{ value: cpuSeconds }],
    },
  ]
}

function gauge(name: string, help: string, value: number): Metric {
  return { name, help, kind: 'gauge', samples: [{ value }] }
}
