/**
 * `relup/jobs`: ready middleware that makes a job of every request, for the usual servers. It reads nothing of requests but
 * their method and path, and answers none.
 */
import { createServing, type RequestLike, type ResponseLike, type ServingOptions } from './jobs-requests.js';

export type { JobMode } from './jobs.js';
export type { ServingOptions } from './jobs-requests.js';
export { http } from './node-http.js';

type Message = object & RequestLike;
type Answer = object & ResponseLike;

/** Middleware for express and connect, before all that shall run in the job: `app.use(connect())`. Errors: OPTION. */
export function connect(options: ServingOptions = {}): (request: Message, response: Answer, next: () => void) => void {
  const { serve } = createServing(options, connect);
  return (request, response, next) => void serve(request, response, next);
}

/** What is used of an instance of fastify. */
interface Fastify {
  addHook(name: 'onRequest', hook: (request: { readonly raw: Message }, reply: { readonly raw: Answer }, done: () => void) => void): unknown;
}

/** Plugin of fastify, before all that shall run in the job: `app.register(fastify)`. Errors: OPTION. */
export const fastify = /* @__PURE__ */ Object.assign(
  function fastify(instance: Fastify, options: ServingOptions, done: () => void): void {
    const { serve } = createServing(options, null);
    instance.addHook('onRequest', (request, reply, next) => void serve(request.raw, reply.raw, next));
    done();
  },
  // For all routes, not only for those of the plugin.
  { [Symbol.for('skip-override')]: true, [Symbol.for('fastify.display-name')]: 'relup' },
);

/** What is used of a context of hono; the server of Node puts its own objects in `env`. */
interface HonoContext {
  readonly req: { readonly raw: Message };
  readonly env: unknown;
}

/** Middleware for hono, before all that shall run in the job: `app.use(hono())`. Errors: OPTION. */
export function hono(options: ServingOptions = {}): (context: HonoContext, next: () => Promise<void>) => Promise<void> {
  const { serve } = createServing(options, hono);
  return async ({ req, env }, next) => {
    const { incoming, outgoing } = (env ?? {}) as { readonly incoming?: Message; readonly outgoing?: Answer };
    await serve(incoming ?? req.raw, outgoing, next);
  };
}

/**
 * A listener of messages, each of which is a job: `socket.on('message', ws(handle))`.
 *
 * Errors: OPTION.
 */
export function ws<This, Args extends unknown[], Result>(handler: (this: This, ...args: Args) => Result, options: ServingOptions = {}): (this: This, ...args: Args) => Result | Promise<Awaited<Result>> {
  const { handle } = createServing(options, ws);
  return function (this: This, ...args) {
    return handle(handler.name || 'message', () => Reflect.apply(handler, this, args) as Result);
  };
}
