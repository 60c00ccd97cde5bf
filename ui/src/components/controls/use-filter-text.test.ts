import { act, renderHook } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useFilterText } from './use-filter-text';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** The hook beside an address that takes what is saved only once it is told to arrive. */
function filterText() {
  const save = vi.fn();
  const { result, rerender } = renderHook(({ address }) => useFilterText(address, save), {
    initialProps: { address: '' },
  });
  return {
    save,
    text: () => result.current[0],
    type: (text: string) => act(() => result.current[1](text)),
    leave: () => act(() => result.current[2]()),
    pause: () => act(() => vi.advanceTimersByTime(1000)),
    arrives: (address: string) => rerender({ address }),
  };
}

describe('the text filter', () => {
  it('counts at once, and stands in the address once typing pauses', () => {
    const filter = filterText();
    filter.type('n');
    filter.type('ne');
    expect(filter.text()).toBe('ne');
    expect(filter.save).not.toHaveBeenCalled();
    filter.pause();
    expect(filter.save.mock.calls).toEqual([['ne']]);
  });

  it('keeps what is typed while the address takes what was typed before', () => {
    const filter = filterText();
    filter.type('ne');
    filter.pause();
    filter.type('net');
    filter.arrives('ne');
    expect(filter.text()).toBe('net');
    filter.pause();
    expect(filter.save.mock.calls).toEqual([['ne'], ['net']]);
  });

  it('follows an address that came from elsewhere', () => {
    const filter = filterText();
    filter.type('ne');
    filter.pause();
    filter.arrives('ne');
    filter.arrives('');
    expect(filter.text()).toBe('');
    filter.arrives('ne');
    expect(filter.text()).toBe('ne');
  });

  it('saves what was typed last for who leaves before a pause', () => {
    const filter = filterText();
    filter.type('ne');
    filter.leave();
    expect(filter.save.mock.calls).toEqual([['ne']]);
  });
});
