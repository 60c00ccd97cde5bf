/** What part of the picture is in sight: how it is moved and zoomed, so that the page's origin lies at `x`, `y` of the canvas. */
import { CARD, type Spot } from './layout';

export type View = { x: number; y: number; zoom: number };
export type Size = { width: number; height: number };
export type Box = Spot & Size;

const LEAST = 0.08;
const MOST = 1.6;
/** Between the picture and the canvas's edge, in pixels: the buttons stand there. */
const MARGIN = 56;

/** The box around cards; there is one at least. */
export function boxOf(cards: Spot[]): Box {
  const x = Math.min(...cards.map((card) => card.x));
  const y = Math.min(...cards.map((card) => card.y));
  return {
    x,
    y,
    width: Math.max(...cards.map((card) => card.x)) + CARD.width - x,
    height: Math.max(...cards.map((card) => card.y)) + CARD.height - y,
  };
}

/** A box in the middle of the canvas, whole unless it would be smaller than `least`, and never larger than it is. */
export function frame(box: Box, into: Size, least = LEAST): View {
  const whole = Math.min((into.width - 2 * MARGIN) / box.width, (into.height - 2 * MARGIN) / box.height);
  return centre({ x: box.x + box.width / 2, y: box.y + box.height / 2 }, into, between(least, whole, 1));
}

/** A spot of the picture in the middle of the canvas. */
export function centre(spot: Spot, into: Size, zoom: number): View {
  return { x: into.width / 2 - spot.x * zoom, y: into.height / 2 - spot.y * zoom, zoom };
}

/** Nearer or farther, while what is at `point` of the canvas stays there. */
export function zoomAt(view: View, point: Spot, factor: number): View {
  const zoom = between(LEAST, view.zoom * factor, MOST);
  const by = zoom / view.zoom;
  return { x: point.x - (point.x - view.x) * by, y: point.y - (point.y - view.y) * by, zoom };
}

/** Whether a card is in sight as a whole. */
export function isInSight(card: Spot, view: View, into: Size): boolean {
  const [left, top] = [card.x * view.zoom + view.x, card.y * view.zoom + view.y];
  return (
    left >= 0 &&
    top >= 0 &&
    left + CARD.width * view.zoom <= into.width &&
    top + CARD.height * view.zoom <= into.height
  );
}

const between = (least: number, value: number, most: number) => Math.max(least, Math.min(value, most));
