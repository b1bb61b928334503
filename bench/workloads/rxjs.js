/** Work for rxjs: synchronous pipelines of many operators. */
import { Subject, combineLatest, concatMap, distinctUntilChanged, filter, from, groupBy, map, merge, mergeMap, of, range, reduce, scan, share, switchMap, take, toArray, withLatestFrom, zip } from 'rxjs';

export function work() {
  let sum = 0;
  const add = value => { sum += value; };
  range(1, 300).pipe(map(x => x * 3), filter(x => x % 2 === 0), scan((all, x) => all + x, 0), distinctUntilChanged(), take(120), reduce((all, x) => all + x, 0)).subscribe(add);
  range(1, 60).pipe(mergeMap(x => of(x, x + 1)), concatMap(x => of(x).pipe(map(y => y + 1))), switchMap(x => from([x, x])), toArray(), map(list => list.length)).subscribe(add);
  const subject = new Subject();
  const shared = subject.pipe(map(x => x + 1), share());
  merge(shared.pipe(filter(x => x % 2 === 0)), shared.pipe(map(x => -x))).subscribe(add);
  combineLatest([shared, shared.pipe(map(x => x * 2))]).pipe(map(([a, b]) => a + b)).subscribe(add);
  shared.pipe(withLatestFrom(subject), map(([a, b]) => a - b)).subscribe(add);
  for (let index = 0; index < 60; index++) subject.next(index);
  subject.complete();
  zip(range(0, 50), range(50, 50)).pipe(groupBy(([a]) => a % 3), mergeMap(group => group.pipe(reduce((all, [a, b]) => all + a * b, 0)))).subscribe(add);
  return sum;
}
