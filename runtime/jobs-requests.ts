/**
 * A request as a job: what the middleware of all servers has in common. The job lasts until the response is closed (jobs that
 * joined it may go on), and what request and response tell their listeners, they tell in the job: Node emits it from the socket, where nobody's context is.
 */
import { checkMode, endWith, jobsOf, type Job, type JobMode } from './jobs.js';
import { takeSite } from './jobs-site.js';
import { runtime } from './main.js';

export interface ServingOptions {
  /** Default `pinned`: a request sees one release from start to end. */
  readonly mode?: JobMode;
  /** What `versions()` and refusals call its jobs. Default: method and path, or the handler's name. */
  readonly name?: string;
}

/** What Node's streams and emitters have. */
export interface Emitter {
  emit(...event: never[]): boolean;
  once(event: string, listener: () => void): unknown;
}

/** What is used of a request, whoever made it. */
export interface RequestLike {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
}

export interface ResponseLike {
  readonly closed?: boolean;
  readonly destroyed?: boolean;
}

/** Who serves, once for all its requests. Errors: OPTION. */
export interface Serving {
  /** Run the handler of a request. Answers what it answers, or a promise of that if it has to wait for an upgrade. */
  serve<T>(request: object & RequestLike, response: (object & ResponseLike) | undefined, handle: () => T): T | Promise<Awaited<T>>;
  /** Run the handler of something that is over when it returns. */
  handle<T>(name: string, handle: () => T): T | Promise<Awaited<T>>;
}

/** Shape: `caller` is the public function; the frame above it is where the jobs come from. Null if a package called it. */
export function createServing({ mode = 'pinned', name }: ServingOptions, caller: ((...args: never[]) => unknown) | null): Serving {
  checkMode(mode);
  const site = caller && takeSite(caller);
  const jobs = jobsOf(runtime);
  return {
    serve(request, response, handle) {
      // A server in a server, such as an express application behind `http()`: one request, one job.
      const known = requests.get(request);
      if (known && known.holds > 0) return jobs.enter(known, handle);
      return jobs.start({ mode, name: name ?? nameOf(request), site, root: true }, (job, end) => {
        requests.set(request, job);
        if (!response || !isEmitter(response)) return endWith(handle(), end);
        const unbind = [request, response].filter(isEmitter).map((emitter) => bindEmitter(emitter, (emit) => jobs.enter(job, emit)));
        // Not when the handler returns: it may wait for an event of a request whose client went away, for ever.
        whenClosed(response, () => {
          for (const each of unbind) each();
          end();
        });
        return handle() as never;
      });
    },
    handle: (own, handle) => jobs.start({ mode, name: name ?? own, site, root: true }, (_, end) => endWith(handle(), end)),
  };
}

const requests = new WeakMap<object, Job>();

const isEmitter = <T extends object>(value: T): value is T & Emitter => typeof (value as Partial<Emitter>).emit === 'function' && typeof (value as Partial<Emitter>).once === 'function';

/** `GET /orders` of `/orders?page=2`. */
const nameOf = ({ method = '', url = '' }: RequestLike): string => `${method} ${/^(?:https?:\/\/[^/]*)?([^?#]*)/.exec(url)?.[1] ?? ''}`.trim() || 'request';

/** Other listeners of the same event still belong to the job. */
function whenClosed(response: ResponseLike & Emitter, close: () => void): void {
  if (response.closed || response.destroyed) return queueMicrotask(close);
  let told = false;
  const tell = (): void => {
    if (!told) queueMicrotask(close);
    told = true;
  };
  response.once('close', tell);
  // Responses that are no socket's need not close.
  response.once('finish', () => void setTimeout(tell));
}

/** Let an emitter call its listeners through `run`. Answers how to leave it as it was. */
function bindEmitter(emitter: Emitter, run: <T>(emit: () => T) => T): () => void {
  const { emit } = emitter;
  const isOwn = Object.hasOwn(emitter, 'emit');
  const bound: Emitter['emit'] = function (this: Emitter, ...event) {
    return run(() => Reflect.apply(emit, this, event));
  };
  emitter.emit = bound;
  return () => {
    // Somebody else may have come between.
    if (emitter.emit !== bound) return;
    if (isOwn) emitter.emit = emit;
    else Reflect.deleteProperty(emitter, 'emit');
  };
}
