/**
 * Requests of a plain server as jobs. Types of Node only: nothing of it is imported at run time.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServing, type ServingOptions } from './jobs-requests.js';

type Listener<Request, Response> = (request: Request, response: Response) => unknown;

/**
 * A request listener of `node:http`, `node:https` or `node:http2` whose requests are jobs: `createServer(http(listener))`.
 *
 * Errors: OPTION.
 */
export function http(listener: Listener<IncomingMessage, ServerResponse & { req: IncomingMessage }>, options?: ServingOptions): Listener<IncomingMessage, ServerResponse & { req: IncomingMessage }>;
export function http<Request extends object, Response extends object>(listener: Listener<Request, Response>, options?: ServingOptions): Listener<Request, Response>;
export function http(listener: Listener<never, never>, options: ServingOptions = {}): Listener<object, object> {
  const { serve } = createServing(options, http);
  return function (this: unknown, request, response) {
    return serve(request, response, () => Reflect.apply(listener as Listener<object, object>, this, [request, response]));
  };
}
