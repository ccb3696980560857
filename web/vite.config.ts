import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// The server that `npm run dev` and `npm run preview` hand /api/ to: the mock, or a real `tidemark serve`.
const server = process.env.TIDEMARK_SERVER ?? 'http://127.0.0.1:4310';

export default defineConfig({
  plugins: [svelte()],
  server: { host: '127.0.0.1', port: 4311, proxy: { '/api': server, '/healthz': server } },
  build: {
    target: 'es2022',
    cssCodeSplit: true,
    assetsInlineLimit: 0, // the content security policy allows no data: scripts or fonts
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
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
