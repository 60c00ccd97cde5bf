import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: at('./ui'),
  plugins: [react(), tailwindcss()],
  resolve: { alias: { '@': at('./ui/src'), '@test': at('./ui/test') } },
  clearScreen: false,
  server: { port: 1420, strictPort: true },
  build: {
    // The web views that Tauri uses today; nothing is written down to older browsers.
    target: ['safari17.5', 'chrome123'],
    // The content security policy allows scripts and styles from files only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Loaded from disk, in one piece.
    chunkSizeWarningLimit: 1000,
    emptyOutDir: true,
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['./test/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    restoreMocks: true,
    // Only against what never ends: a machine that builds at the same time is slow.
    testTimeout: 30_000,
  },
});
