/** What was picked last in the palette, newest first; kept over restarts. */
const KEY = 'skydeck.recent';
const MANY = 6;

export function recent(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter((id) => typeof id === 'string') : [];
  } catch {
    return [];
  }
}

export function remember(id: string): void {
  const ids = [id, ...recent().filter((other) => other !== id)].slice(0, MANY);
  localStorage.setItem(KEY, JSON.stringify(ids));
}
