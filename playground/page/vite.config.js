/**
 * How the page is built: `vite build playground/page`. It follows its releases in `dist/relup/`, which the service serves with the page.
 * Mode `plain` builds without relup. `vite playground/page` serves the sources, beside `npm run play -- --port 8080`.
 */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import relup from 'relup/vite';

const follow = () => ({ pollMs: Number(process.env.POLL_MS ?? 2_000), probation: { ms: Number(process.env.PROBATION_MS ?? 3_000) } });

export default defineConfig(({ mode }) => ({
  plugins: [react(), ...(mode === 'plain' ? [] : [relup({ app: 'coffee-page', follow: follow() })])],
  server: { proxy: { '^/(?:products|search|sessions|my|health|metrics)': 'http://127.0.0.1:8080', '/live': { target: 'ws://127.0.0.1:8080', ws: true } } },
}));
