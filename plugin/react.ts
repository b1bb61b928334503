/**
 * React in production builds: components get permanent identities, and are rendered by `relup/react`.
 */
import type { Adapter } from './adapters.js';

export const reactAdapter: Adapter = {
  name: 'react',
  isUsed: (pluginNames) => pluginNames.some((name) => name.startsWith('vite:react')),
  rewrite: () => null,
};
