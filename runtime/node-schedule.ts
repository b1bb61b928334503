/** Tasks of the runtime on Node: looks and commits run outside the context of whatever triggered them. */
import { AsyncResource } from 'node:async_hooks';

export const outside = new AsyncResource('relup', { requireManualDestroy: true });
export const schedule = (task: () => void): void => void setImmediate(() => outside.runInAsyncScope(task));
