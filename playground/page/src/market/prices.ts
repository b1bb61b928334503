/** Spot prices as the page heard them last, and how they got there. */
import { state } from 'relup';
import { change, type Subject } from '../api/subject.js';
import { useSubject } from '../api/use-subject.js';
import { addPoint, type Point } from './history.js';

type Prices = Readonly<Record<string, number>>;

const prices: Subject<Prices> = state({ value: {} as Prices, watchers: new Set<() => void>() });
const histories = state({ bySku: new Map<string, Point[]>() });

export function notePrices(now: Prices, time: number): void {
  for (const sku in now) histories.bySku.set(sku, addPoint(histories.bySku.get(sku) ?? [], { time, value: (now[sku] as number) / 100 }));
  change(prices, now);
}

export function historyOf(sku: string): readonly Point[] {
  return histories.bySku.get(sku) ?? [];
}

/** Undefined until the market has moved once. */
export function usePrice(sku: string): number | undefined {
  return useSubject(prices, value => value[sku]);
}
