import { expect, test } from 'vitest'
import { UnreachablePeers } from '../../src/transport/libp2p/unreachable.ts'

test('a peer that was not reached is left alone for longer each time, and no longer once it was', () => {
  let nowMs = 0
  const peers = new UnreachablePeers({ monotonicMs: () => nowMs })
  const rests: number[] = []
  for (let attempt = 0; attempt < 7; attempt++) {
    expect(peers.has('a')).toBe(false)
    peers.failed('a')
    const startMs = nowMs
    while (peers.has('a')) nowMs += 500
    rests.push(nowMs - startMs)
  }
  expect(rests).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000])
  peers.reached('a')
  peers.failed('a')
  nowMs += 500
  expect(peers.has('a')).toBe(false)
  expect(peers.has('b')).toBe(false)
})

test('no more peers are remembered than fit', () => {
  const peers = new UnreachablePeers({ monotonicMs: () => 0 })
  for (let number = 0; number < 2000; number++) peers.failed(`${number}`)
  expect(peers.has('0')).toBe(false)
  expect(peers.has('1999')).toBe(true)
})
