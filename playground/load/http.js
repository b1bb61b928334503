/** Requests over connections that are kept alive; counts how many connections that took. Nothing is retried here. */
import { Agent, request } from 'node:http';

class CountingAgent extends Agent {
  opened = 0;

  createConnection(...args) {
    this.opened++;
    return super.createConnection(...args);
  }
}

export const agent = new CountingAgent({ keepAlive: true });

/** Answers `{ status, headers, body }`; rejects only if no answer came. */
export function send(port, method, path, { token, body } = {}) {
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = request({
      agent, port, method, path,
      host: '127.0.0.1',
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      },
    }, response => {
      response.setEncoding('utf8');
      let received = '';
      response.on('data', chunk => { received += chunk; });
      response.on('error', reject);
      response.on('end', () => {
        try {
          resolve({ status: response.statusCode, headers: response.headers, body: JSON.parse(received) });
        } catch (error) {
          reject(error);
        }
      });
    });
    sent.on('error', reject);
    sent.end(text);
  });
}
