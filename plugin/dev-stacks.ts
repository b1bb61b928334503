/**
 * Frames of artifacts in stacks, as `server.ssrFixStacktrace` of Vite mends those of its own modules: where Node itself does not apply
 * source maps (`ssrLoadModule`), nobody else knows their maps.
 */
import { originalPositionFor, TraceMap, type SourceMapInput } from '@jridgewell/trace-mapping';

/** Put behind the names of files whose frames are right already, so that nobody mends them again. */
const done = '?relup-done';

/** Mark the frames of files that come as artifacts: whoever maps them maps them to the sources. */
export const protectFrames = (stack: string, isOurs: (file: string) => boolean): string =>
  stack.replace(/([^\s()]+)(:\d+:\d+)/g, (frame, file: string, position: string) => (isOurs(file) ? `${file}${done}${position}` : frame));

export const releaseFrames = (stack: string): string => stack.replaceAll(done, '');

/** So many artifacts' maps are remembered; older code is hardly in a stack any more. */
const remembered = 500;

export class ArtifactMaps {
  readonly #maps = new Map<string, object>();

  /** Shape: `name` is what frames of the artifact say. */
  add(name: string, map: object): void {
    this.#maps.delete(name);
    this.#maps.set(name, map);
    for (const [oldest] of this.#maps) if (this.#maps.size > remembered) this.#maps.delete(oldest);
  }

  /** at f (/app/src/a.ts?relup=0123456789ab:3:5) -> at f (/app/src/a.ts:7:9) */
  mend(stack: string): string {
    return stack.replace(/([^\s(]+\?relup=[0-9a-f]+):(\d+):(\d+)/g, (frame, name: string, line: string, column: string) => {
      const map = this.#maps.get(name);
      if (!map) return frame;
      const found = originalPositionFor(new TraceMap(map as SourceMapInput), { line: Number(line), column: Number(column) - 1 });
      return found.source === null ? frame : `${found.source}:${found.line}:${found.column + 1}`;
    });
  }
}
