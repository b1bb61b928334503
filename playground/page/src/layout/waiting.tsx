/** Something is on its way. */
export function Waiting() {
  return <p className="waiting" role="status">…</p>;
}
