import type { Clock, Timer } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { StorageNode } from '../storage-node.ts'
import type { Home } from './home.ts'
import { writeAddresses } from './membership-file.ts'

/** How long news of an address may be lost in a crash; the file is written only when there is news. */
const intervalMs = 2_000

/** Keeps the home's list of addresses current while the node runs, starting with the node's own. */
export async function rememberAddresses(node: StorageNode, home: Home, clock: Clock, logger: Logger): Promise<void> {
  let written = ''
  let timer: Timer | undefined
  const note = async (): Promise<void> => {
    const others = node.status().members.filter(({ availability }) => availability !== 'down')
    const addresses = [...new Set([...node.addresses(), ...others.flatMap((member) => member.addresses)])]
    const text = addresses.join()
    if (text === written) return
    await writeAddresses(home.directory, addresses)
    written = text
  }
  const repeat = (): void => {
    timer = clock.setTimer(intervalMs, () => {
      note()
        .catch((failure: unknown) => logger.warn({ err: failure }, 'addresses of members could not be saved'))
        .finally(() => !node.closed.aborted && repeat())
    })
  }
  node.closed.addEventListener('abort', () => timer?.cancel(), { once: true })
  await note()
  repeat()
}
