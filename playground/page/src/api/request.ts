/** One request to the service that the page came from. */
import { currentToken, endSession } from '../session/session.js';
import { ServiceError } from './service-error.js';

export async function request<Answer>(method: 'GET' | 'POST' | 'PUT', path: string, body?: object): Promise<Answer> {
  const token = currentToken();
  const response = await fetch(path, {
    method,
    headers: { ...(body && { 'content-type': 'application/json' }), ...(token && { authorization: `Bearer ${token}` }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Answer & { readonly error?: string };
  if (response.ok) return answer;
  if (response.status === 401) endSession();
  throw new ServiceError(response.status, answer.error ?? 'The service did not say why.');
}
