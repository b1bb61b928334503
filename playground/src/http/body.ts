/** Reads a JSON object from a request, field by field. Whatever does not fit is the client's problem. */
import { Invalid } from '../problem.js';
import type { Call } from './service-env.js';

export type Body = Readonly<Record<string, unknown>>;

export async function readBody(c: Call): Promise<Body> {
  let body: unknown;
  try {
    body = await c.req.json();
  } catch {
    throw new Invalid('The body is not JSON.');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new Invalid('The body is not an object.');
  return body as Body;
}

export function textOf(body: Body, field: string): string {
  const value = body[field];
  if (typeof value !== 'string' || value === '') throw new Invalid(`"${field}" must be a text.`);
  return value;
}

export function countOf(body: Body, field: string): number {
  const value = body[field];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) throw new Invalid(`"${field}" must be a whole number.`);
  return value;
}

export function choiceOf<Choice extends string>(body: Body, field: string, choices: readonly Choice[]): Choice {
  const value = choices.find(choice => choice === body[field]);
  if (value === undefined) throw new Invalid(`"${field}" must be one of ${choices.join(', ')}.`);
  return value;
}
