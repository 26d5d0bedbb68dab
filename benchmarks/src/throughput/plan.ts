import type { Deployment, Member } from '../deployment/deployment.ts'
import type { Floor, FloorClient } from '../floor/floor.ts'

/** What is measured, against what, and how often. */
export interface Plan {
  readonly deployment: Deployment
  readonly floor: Floor | undefined
  /** Processes that do nothing else. */
  readonly writer: Member
  readonly reader: Member
  /** Writes and reads. */
  readonly floorClient: FloorClient | undefined
  readonly objectBytes: number
  /** Of each object when several clients are at work. */
  readonly crowdBytes: number
  /** That count. */
  readonly rounds: number
  /** Rounds before those, in which engines still compile: a node, which runs for months, is done with that after a while. */
  readonly warmUpRounds: number
  readonly report: (text: string) => void
}

/** Does rounds, the first of them for nothing, and tells how each went. */
export async function inRounds<Round>(
  { rounds, warmUpRounds, report }: Plan,
  name: string,
  round: () => Promise<Round>,
  describe: (round: Round) => string,
): Promise<Round[]> {
  const taken: Round[] = []
  for (let number = 1 - warmUpRounds; number <= rounds; number += 1) {
    const done = await round()
    report(`${name}, ${number < 1 ? 'warm-up' : `round ${number} of ${rounds}`}: ${describe(done)}`)
    if (number > 0) taken.push(done)
  }
  return taken
}

export function mebibytes(bytes: number): number {
  return bytes / 2 ** 20
}
