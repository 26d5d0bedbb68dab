/** Runs every example and fails when one does: what the documentation shows is what works. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

for (const name of ['embed-client', 'embed-node', 'network-for-tests']) {
  console.log(`\n${name}`)
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL(`./${name}.js`, import.meta.url))], {
    stdio: 'inherit',
    timeout: 60_000,
  })
  if (status !== 0) {
    console.error(`${name} failed with status ${status}`)
    process.exit(1)
  }
}
