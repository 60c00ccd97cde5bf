import '@testing-library/jest-dom/vitest';
import { clearMocks } from '@tauri-apps/api/mocks';
import { cleanup, configure } from '@testing-library/react';
import { afterEach } from 'vitest';
import { showDialog, stay } from '@/actions/dialogs';
import { toasts } from '@/components/frame/toast';

// Also on a machine that has much else to do: what is waited for is there at once or not at all.
configure({ asyncUtilTimeout: 10_000 });

// jsdom lays nothing out: every element is as large as a small window, and nothing ever changes size.
Object.defineProperties(HTMLElement.prototype, {
  clientWidth: { get: () => 900, configurable: true },
  clientHeight: { get: () => 600 },
});
globalThis.ResizeObserver = class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
Element.prototype.scrollTo = () => {};
Element.prototype.scrollIntoView = () => {};
// axe measures icons with a canvas, which jsdom lacks.
HTMLCanvasElement.prototype.getContext = () => null;
Element.prototype.getAnimations = () => [];

afterEach(() => {
  cleanup();
  showDialog(null);
  stay();
  toasts.close();
  localStorage.clear();
  clearMocks();
  window.location.hash = '';
});
