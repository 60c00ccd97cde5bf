import { fireEvent } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { pressOnce } from './one-press';

const pressed = vi.fn();
let stop = () => {};

beforeEach(() => {
  document.body.innerHTML = '<button>Go on</button><button>Go on</button><textarea></textarea><input>';
  document.body.addEventListener('click', pressed);
  stop = pressOnce(document);
});
afterEach(() => {
  stop();
  document.body.removeEventListener('click', pressed);
  document.body.innerHTML = '';
  pressed.mockClear();
});

const [one, other] = [
  () => document.querySelectorAll('button')[0],
  () => document.querySelectorAll('button')[1],
];
const click = (button: Element | undefined, detail: number) => button && fireEvent.click(button, { detail });

it('presses the same button as often as it is clicked', () => {
  click(one(), 1);
  click(one(), 2);
  click(one(), 3);
  expect(pressed).toHaveBeenCalledTimes(3);
});

it('keeps the second click of a double click from another button, and from another meaning of the same one', () => {
  click(one(), 1);
  click(other(), 2);
  const button = one();
  if (button) button.textContent = 'Destroy';
  click(button, 2);
  expect(pressed).toHaveBeenCalledOnce();
  click(button, 1);
  expect(pressed).toHaveBeenCalledTimes(2);
});

it('keeps a double click in a text, which marks a word', () => {
  const text = document.querySelector('textarea');
  click(text ?? undefined, 1);
  click(text ?? undefined, 2);
  expect(pressed).toHaveBeenCalledTimes(2);
});

it.each([
  ['button', 'Enter', false],
  ['button', ' ', false],
  ['input', 'Enter', false],
  ['input', ' ', true],
  ['button', 'ArrowDown', true],
])('a key that is held down on a %s: %j', (where, key, goesOn) => {
  const element = document.querySelector(where);
  if (!element) throw new Error(where);
  expect(fireEvent.keyDown(element, { key })).toBe(true);
  expect(fireEvent.keyDown(element, { key, repeat: true })).toBe(goesOn);
});
