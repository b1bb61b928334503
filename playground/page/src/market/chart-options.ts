/** How charts look. */
export function chartOptions() {
  return { autoSize: true, height: 220, layout: { attributionLogo: false }, timeScale: { timeVisible: true, secondsVisible: true }, rightPriceScale: { borderVisible: false } };
}
