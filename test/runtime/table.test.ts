import { setFlagsFromString } from 'node:v8';
import { describe, expect, test } from '@jest/globals';
import { createRecord, createRuntime } from '../../runtime/core.js';
import { start } from '../../runtime/evaluate.js';
import { restoreAll } from '../../runtime/journal.js';
import { instantiate } from '../../runtime/link.js';
import { valuesOf } from '../../runtime/values.js';
import { commitSlot, createTable, keepFast, makeFast, subscribe, type Mirrors } from '../../runtime/table.js';

setFlagsFromString('--allow-natives-syntax');
const isFast = new Function('table', 'return %HasFastProperties(table)') as (table: object) => boolean;

describe('tables', () => {
  test('stay fast objects from instantiation to the end of evaluation', () => {
    const table = createTable({ f: ['a', 'b'], l: ['c', 'd', 'default'] }, new Map());
    expect(isFast(table)).toBe(true);
    for (const name of ['a', 'b', 'c', 'd', 'default']) table[name] = () => name;
    expect(isFast(table)).toBe(true);
    expect(Object.keys(table).sort()).toEqual(['a', 'b', 'c', 'd', 'default']);
  });

  test('are fast again after a slot was turned into an accessor and back', () => {
    const table = createTable({ f: ['a', 'b', 'c'] }, new Map());
    for (const name of ['a', 'b', 'c']) table[name] = undefined;
    const plain = { ...table };
    Object.defineProperty(plain, 'a', { get: () => 1 });
    // The check can fail: without makeFast such a table is a dictionary.
    expect(isFast(plain)).toBe(false);
    const journal: (() => void)[] = [];
    const finish = keepFast(new Set([table]), journal);
    commitSlot(table, 'a', { get: () => 1 }, journal);
    commitSlot(table, 'd', { get: () => 2 }, journal);
    expect(isFast(table)).toBe(false);
    finish();
    expect([isFast(table), table['a'], table['d']]).toEqual([true, 1, 2]);
    expect(restoreAll(journal)).toEqual([]);
    expect([isFast(table), table['a'], 'd' in table]).toEqual([true, undefined, false]);
  });

  test('stay fast objects beside their value tables, which only some code reads', () => {
    const runtime = createRuntime({ now: () => 0, schedule: () => {}, importCold: () => Promise.reject(new Error()) });
    const records = Array.from({ length: 30 }, (_, index) => createRecord(runtime, `m${index}.js`, {
      link: { f: ['show'], l: ['rate'], h: ['show'] }, requests: [], dynamic: {}, meta: {}, live: true,
      *factory(table) {
        table['show'] = () => 1;
        yield;
        table['rate'] = 2;
      },
    }));
    for (const { current } of records) {
      instantiate(current);
      const values = valuesOf(current);
      start(current);
      expect([isFast(current.table), isFast(Object.getPrototypeOf(values)), isFast(values)]).toEqual([true, true, true]);
      expect([values['rate'], typeof values['show'], isFast(values), isFast(current.table)]).toEqual([2, 'function', true, true]);
    }
  });

  test('throw a ReferenceError for bindings in their dead zone', () => {
    const table = createTable({ l: ['x'] }, new Map());
    expect(() => table['x']).toThrow(new ReferenceError(`Cannot access 'x' before initialization`));
    table['x'] = 1;
    expect(table['x']).toBe(1);
  });

  test('tell mirrors the first value once, and every value of a binding that is assigned again', () => {
    const seen: unknown[] = [];
    for (const link of [{ l: ['x'] }, { l: ['x'], w: ['x'] }]) {
      const mirrors: Mirrors = new Map();
      const table = createTable(link, mirrors);
      subscribe({ link, table, mirrors }, 'x', (value) => seen.push(value) > 0);
      table['x'] = 1;
      table['x'] = 2;
      subscribe({ link, table, mirrors }, 'x', (value) => seen.push(`late ${String(value)}`) > 0);
      seen.push('|');
      makeFast(table);
      expect(isFast(table)).toBe(true);
    }
    expect(seen).toEqual([1, 'late 2', '|', 1, 2, 'late 2', '|']);
  });
});
