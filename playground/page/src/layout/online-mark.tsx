/** Whether prices are live. */
import { useOnline } from '../live/connection.js';

export function OnlineMark() {
  const isOnline = useOnline();
  return <span className={isOnline ? 'up' : 'down'} title={isOnline ? 'live' : 'not connected'}>●</span>;
}
