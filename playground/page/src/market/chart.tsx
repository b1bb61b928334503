/** The price of a lot over the last minutes, on a canvas. */
import { createChart, LineSeries, type UTCTimestamp } from 'lightweight-charts';
import { useEffect, useRef } from 'react';
import { chartOptions } from './chart-options.js';
import { historyOf, usePrice } from './prices.js';

export function Chart({ sku }: { readonly sku: string }) {
  const frame = useRef<HTMLDivElement>(null);
  const update = useRef<() => void>(() => {});
  const price = usePrice(sku);
  useEffect(() => {
    const chart = createChart(frame.current as HTMLDivElement, chartOptions());
    const series = chart.addSeries(LineSeries, { lineWidth: 2, color: '#0b7a54' });
    const points = historyOf(sku).map(({ time, value }) => ({ time: time as UTCTimestamp, value }));
    series.setData(points);
    update.current = () => {
      const last = historyOf(sku).at(-1);
      if (last) series.update({ time: last.time as UTCTimestamp, value: last.value });
    };
    return () => chart.remove();
  }, [sku]);
  useEffect(() => update.current(), [price]);
  return <div className="chart" ref={frame} />;
}
