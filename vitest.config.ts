import { defineConfig } from 'vitest/config'

const conditions = ['@p2pstore/source', 'module', 'node', 'development|production']
const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['@p2pstore/source', 'node'] } },
}

export default defineConfig({
  test: {
    projects: [
      ...['codec', 'state', 'placement', 'node', 'p2pstore', 'sim'].map((name) => ({
        ...shared,
        test: {
          name,
          root: `packages/${name}`,
          include: ['test/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 60_000 } },
        },
      })),
      { ...shared, test: { name: 'layers', include: ['.ci/layers.test.ts'] } },
    ],
  },
})
