import { svelte } from '@sveltejs/vite-plugin-svelte';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

/** Beside each script and style its gzip, so that the server compresses nothing. */
const compressed: Plugin = {
  name: 'compressed',
  apply: 'build',
  writeBundle({ dir }) {
    const assets = join(dir as string, 'assets');
    for (const name of readdirSync(assets)) writeFileSync(join(assets, `${name}.gz`), gzipSync(readFileSync(join(assets, name)), { level: 9 }));
  },
};

// The server that `npm run dev` and `npm run preview` hand /api/ to: the mock, or a real `tidemark serve`.
const server = process.env.TIDEMARK_SERVER ?? 'http://127.0.0.1:4310';

export default defineConfig({
  plugins: [svelte(), compressed],
  server: { host: '127.0.0.1', port: 4311, proxy: { '/api': server, '/healthz': server } },
  build: {
    target: 'es2022',
    cssCodeSplit: true,
    assetsInlineLimit: 0, // the content security policy allows no data: scripts or fonts
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700, // tools/budget.mjs says what may be how large
    rollupOptions: {
      output: {
        manualChunks: (id) => {
          if (id.includes('/node_modules/@codemirror/') || id.includes('/node_modules/@lezer/')) return 'editor';
          if (id.includes('/node_modules/echarts/') || id.includes('/node_modules/zrender/')) return 'echarts';
          if (id.includes('/node_modules/sql-formatter/')) return 'format';
          if (id.includes('/node_modules/svelte/')) return 'svelte';
          return undefined;
        },
      },
    },
  },
});
