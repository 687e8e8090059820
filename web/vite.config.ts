import { fileURLToPath } from 'node:url'
import preact from '@preact/preset-vite'
import { defineConfig } from 'vite'

const server = 'http://127.0.0.1:4400'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [preact({ devToolsEnabled: false })],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: ['chrome123', 'firefox121', 'safari17.5'],
    // The content security policy has no `data:`; everything small stays a file, too.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The editor is one file of 190 KB (gzip), loaded on an exercise only; nothing else may come near this.
    chunkSizeWarningLimit: 600,
  },
  // The server refuses another page's changes, so the proxy speaks as the server's own page.
  server: { proxy: { '/api': { target: server, changeOrigin: true, headers: { origin: server } } } },
})
