import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readConfigFile } from '../src/config-file.ts'
import { makeFirstHome } from '../src/local-network.ts'
import { emptyFolder } from './folder.ts'
import { runMain } from './main-process.ts'
import { UpProcess } from './up-process.ts'

test('a node that can not start ends it, with the reason in one line', async () => {
  const folder = await emptyFolder()
  await makeFirstHome(folder)
  const config = await readConfigFile(join(folder, 'node-1', 'config.toml'))
  const [address] = config!.get('node.listen') as [string]
  const server = createServer().listen(Number(address.split('/').at(-1)), '127.0.0.1')
  await once(server, 'listening')
  try {
    const { status, stdout, stderr } = await runMain(['up', '--dir', folder])
    expect({ status, stdout: stdout.length }).toEqual({ status: 1, stdout: 0 })
    expect(stderr).toBe(
      `p2pstore: node-1 did not start: ${address} is already in use; choose another address to listen on [ADDRESS_IN_USE] [NODE_FAILED]\n`,
    )
  } finally {
    server.close()
  }
})

test('it ends when none of its nodes is left', async () => {
  await using network = await UpProcess.start(await emptyFolder(), 1)
  network.kill('node-1')
  expect(await network.ended()).toBe(1)
  expect(network.told).toBe(
    'node-1 was ended by SIGKILL\n{"error":{"code":"NODE_FAILED","message":"none of the nodes is left"}}\n',
  )
})
