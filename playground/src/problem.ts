/** What a client did wrong, or may not do. Each problem knows its status; everything else that is thrown is our fault. */

export abstract class Problem extends Error {
  abstract readonly status: 400 | 401 | 404 | 409 | 429;
}

export class Invalid extends Problem {
  readonly status = 400;
}

export class Unauthorised extends Problem {
  readonly status = 401;
}

export class NotFound extends Problem {
  readonly status = 404;
}

export class Conflict extends Problem {
  readonly status = 409;
}

export class TooManyRequests extends Problem {
  readonly status = 429;
}
