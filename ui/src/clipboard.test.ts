import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cleanCopies } from './actions/text';
import { clean, copyText } from './clipboard';

describe('what is copied', () => {
  it('holds nothing that is obeyed and not seen', () => {
    const table = [
      ['plain — ü 漢字 👍🏽 ⚠️', 'plain — ü 漢字 👍🏽 ⚠️'],
      ['a\nb\tc\r\nd', 'a\nb\tc\nd'],
      ['\u001b[31mred\u001b[0m\u001b[2J\u001b[?25l\u009b1A', 'red'],
      ['\u001b]52;c;cm0=\u0007', '\ufffd]52;c;cm0=\ufffd'],
      ['cloud\u0003\rid', 'cloud\ufffd\ufffdid'],
      ['\u001b\u001b[m[2J', '\ufffd[2J'],
      ['\u202egpj.exe\u2028', '\ufffdgpj.exe\ufffd'],
      ['pa\u200by\u{e0041}', 'pa\ufffdy\ufffd'],
    ];
    for (const [text = '', shown] of table) expect(clean(text)).toBe(shown);
  });

  it('goes into the clipboard clean', async () => {
    userEvent.setup();
    await copyText('a\u0003b');
    expect(await navigator.clipboard.readText()).toBe('a\ufffdb');
  });

  it('goes there through one place only', () => {
    const files = import.meta.glob<string>('./**/*.{ts,tsx}', {
      query: '?raw',
      import: 'default',
      eager: true,
    });
    const others = Object.keys(files).filter((file) => !file.includes('.test.'));
    const writers = others.filter((file) => files[file]?.includes('clipboard.write'));
    expect(writers).toEqual(['./clipboard.ts']);
  });
});

describe('what the page itself copies', () => {
  let stop = () => {};
  beforeEach(() => {
    stop = cleanCopies();
  });
  afterEach(() => {
    stop();
    document.body.replaceChildren();
  });

  function copied(type: 'copy' | 'cut', element: Element) {
    const data = new Map<string, string>();
    const event = new Event(type, { bubbles: true, cancelable: true });
    Object.assign(event, {
      clipboardData: { setData: (kind: string, text: string) => data.set(kind, text) },
    });
    element.dispatchEvent(event);
    return { prevented: event.defaultPrevented, text: data.get('text/plain') };
  }

  it('is cleaned where it needs to be, and else left to the page', () => {
    const [bad, good] = ['a\u202eb', 'plain'].map((text) => {
      const element = document.createElement('p');
      element.textContent = text;
      document.body.append(element);
      return element;
    });
    if (!bad || !good) throw new Error('no elements');
    window.getSelection()?.selectAllChildren(bad);
    expect(copied('copy', bad)).toEqual({ prevented: true, text: 'a\ufffdb' });
    window.getSelection()?.selectAllChildren(good);
    expect(copied('copy', good)).toEqual({ prevented: false, text: undefined });
  });

  it('is cut clean', () => {
    const field = document.createElement('input');
    document.body.append(field);
    field.value = 'x\u200by';
    field.select();
    expect(copied('cut', field)).toEqual({ prevented: true, text: 'x\ufffdy' });
    expect(field.value).toBe('');
  });
});
