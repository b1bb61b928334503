/**
 * Child process: keeps an HTTP server busy over connections that stay open. Told a path, it asks for nothing else from then on; told null, it
 * pauses. It ends with its parent.
 */
import { connect } from 'node:net';

const { port, connections } = JSON.parse(process.argv[2]);
let request = null;
const idle = new Set();

const ask = socket => {
  if (!request) return void idle.add(socket);
  socket.write(request);
};
for (let index = 0; index < connections; index++) {
  const socket = connect(port, '127.0.0.1', () => ask(socket));
  socket.setNoDelay(true);
  let text = '';
  socket.setEncoding('latin1').on('data', data => {
    text += data;
    const head = text.indexOf('\r\n\r\n');
    if (head < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(text)?.[1]);
    if (text.length < head + 4 + length) return;
    if (!text.startsWith('HTTP/1.1 200')) throw new Error(text.slice(0, 300));
    text = '';
    ask(socket);
  });
}
process.on('message', path => {
  request = path && `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`;
  if (request) for (const socket of idle) { idle.delete(socket); ask(socket); }
  process.send('told');
});
process.on('disconnect', () => process.exit(0));
