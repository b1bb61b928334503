/**
 * How the service is built. `vite build playground` is all there is to it; run/ uses the same configuration.
 * Mode `plain` builds without relup, to show (and measure) that the sources do not depend on it.
 */
import { defineConfig } from 'vite';
import relup from 'relup/vite';

export default defineConfig(({ mode }) => ({
  plugins: mode === 'plain' ? [] : [relup()],
  build: {
    ssr: 'src/server.ts',
    outDir: 'dist',
    target: 'node20',
    sourcemap: true,
    ...(mode === 'plain' ? { rolldownOptions: { external: /^relup(\/|$)/ } } : {}),
  },
}));
