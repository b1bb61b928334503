/**
 * Calls that start or change something that outlives them, and how each is stopped. Data, no code.
 *
 * Shape: in `stop`, `#` stands for what the call answered, `@` for what the method was called on.
 */

export interface Started {
  /** One sentence without the place. */
  readonly why: string;
  /** Expression that takes it back; null if nothing does. */
  readonly stop: string | null;
  /** It belongs into `state()`: what was opened lives on over releases. */
  readonly keep?: true;
  /** It is over by itself soon after: there is nothing to stop in a version that is replaced. */
  readonly passes?: true;
}

const timer = (stop: string): Started => ({ why: 'It starts a timer, and a second version would start another.', stop });
const closes = (what: string, stop = '#.close()'): Started => ({ why: `It opens ${what}, and a second version would open another.`, stop });
const keeps = (what: string): Started => ({ why: `It opens ${what}, and a second version would open another beside it.`, stop: null, keep: true });
const changes = (what: string): Started => ({ why: `It changes ${what}, before the upgrade is committed and once more with every version.`, stop: null });

/** By the name of a global function or constructor; `timers`, `ws` and such export them under the same names. */
export const startedGlobals: Readonly<Record<string, Started>> = {
  setInterval: timer('clearInterval(#)'), setTimeout: timer('clearTimeout(#)'), setImmediate: timer('clearImmediate(#)'),
  requestAnimationFrame: timer('cancelAnimationFrame(#)'), requestIdleCallback: timer('cancelIdleCallback(#)'),
  queueMicrotask: { why: 'It runs code right after the module, while the upgrade is still being prepared.', stop: null, passes: true },
  Worker: closes('a worker', '#.terminate()'), SharedWorker: closes('a shared worker', '#.port.close()'), WebSocket: closes('a connection'),
  EventSource: closes('a connection'), BroadcastChannel: closes('a channel'), RTCPeerConnection: closes('a connection'), WebTransport: closes('a connection'),
  XMLHttpRequest: { why: 'It sends a request.', stop: '#.abort()' }, AudioContext: closes('an audio device'), Notification: closes('a notification'),
  alert: changes('the page'), confirm: changes('the page'), prompt: changes('the page'), open: changes('the page'), print: changes('the page'),
  postMessage: changes('another window'), scrollTo: changes('the page'), importScripts: changes('the worker'), eval: changes('whatever it says'),
  close: changes('the page'), stop: changes('the page'),
};

/** Globals that are one for all: what their methods do to them stays, unless the name says that they only read or create. */
export const sharedGlobals: ReadonlySet<string> = new Set([
  'window', 'globalThis', 'self', 'global', 'document', 'navigator', 'history', 'location', 'localStorage', 'sessionStorage', 'indexedDB', 'caches', 'customElements',
  'screen', 'visualViewport', 'process', 'cookieStore', 'speechSynthesis', 'chrome', 'browser', 'Deno', 'Bun', 'trustedTypes', 'CSS', 'clients', 'registration',
]);

/** Members of the global object by which it is named. */
export const globalObjects: ReadonlySet<string> = new Set(['globalThis', 'window', 'self', 'global']);

/** Names of methods that only look at such an object, or make something new from it. */
export const readingName = /^(?:(?:get|query|create|has|is|can|to|cpu|resource|memory)(?:[A-Z]\w*)?|matches|closest|contains|item|keys|values|entries|now|elementFromPoint|hrtime|bigint|cwd|uptime|supports|escape|evaluate|importNode|availableMemory|constrainedMemory|estimate|matchMedia)$/;

/** By `global.method`; `#` and `@` as above. */
export const startedMethods: Readonly<Record<string, Started>> = {
  'customElements.define': { why: 'A name can be defined only once in a page, a second time throws.', stop: null },
  'navigator.register': { why: 'It registers a service worker or handler anew with every version.', stop: null }, 'indexedDB.open': keeps('a database'),
  'location.assign': changes('the page'), 'location.replace': changes('the page'), 'location.reload': changes('the page'),
  'process.exit': { why: 'It ends the process.', stop: null }, 'process.chdir': changes('the process'), 'process.abort': { why: 'It ends the process.', stop: null },
  'Deno.serve': closes('a server', '#.shutdown()'), 'Bun.serve': closes('a server', '#.stop()'),
};

/** By `package#export`; Node's own stand without `node:`. A default export stands as `default`, also for its members as `package#member`. */
export const startedExports: Readonly<Record<string, Started>> = {
  // Node
  'fs#watch': closes('a watcher'), 'fs#watchFile': { why: 'It polls a file, and a second version would poll it as well.', stop: null },
  'fs/promises#watch': closes('a watcher'), 'fs#createWriteStream': closes('a file', '#.end()'), 'fs#openSync': keeps('a file'), 'fs/promises#open': keeps('a file'),
  'fs#writeFileSync': changes('a file'), 'fs#appendFileSync': changes('a file'), 'fs#mkdirSync': changes('a folder'), 'fs#rmSync': changes('files'),
  'fs#unlinkSync': changes('a file'),
  'child_process#spawn': closes('a process', '#.kill()'), 'child_process#fork': closes('a process', '#.kill()'), 'child_process#exec': closes('a process', '#.kill()'),
  'child_process#execFile': closes('a process', '#.kill()'), 'child_process#execSync': { why: 'It runs a command with every version.', stop: null },
  'child_process#spawnSync': { why: 'It runs a command with every version.', stop: null },
  'child_process#execFileSync': { why: 'It runs a command with every version.', stop: null },
  'worker_threads#Worker': closes('a worker', '#.terminate()'), 'worker_threads#BroadcastChannel': closes('a channel'), 'cluster#fork': closes('a process', '#.kill()'),
  'dgram#createSocket': closes('a socket'), 'net#connect': closes('a connection', '#.destroy()'), 'net#createConnection': closes('a connection', '#.destroy()'),
  'tls#connect': closes('a connection', '#.destroy()'), 'http2#connect': closes('a connection'),
  'http#request': { why: 'It sends a request with every version.', stop: '#.destroy()' },
  'http#get': { why: 'It sends a request with every version.', stop: '#.destroy()' },
  'https#request': { why: 'It sends a request with every version.', stop: '#.destroy()' },
  'https#get': { why: 'It sends a request with every version.', stop: '#.destroy()' },
  'readline#createInterface': closes('a reader of the terminal'), 'readline/promises#createInterface': closes('a reader of the terminal'),
  'repl#start': closes('a terminal'), 'inspector#open': closes('a debugger'), 'sqlite#DatabaseSync': keeps('a database'),
  'diagnostics_channel#subscribe': { why: 'It subscribes, and a second version would subscribe as well.', stop: null },
  'perf_hooks#monitorEventLoopDelay': { why: 'It measures from now on.', stop: '#.disable()' }, 'dns#setServers': changes('the process'),
  'module#register': changes('the loader'), 'v8#setFlagsFromString': changes('the engine'),
  // servers
  '@hono/node-server#serve': closes('a server'), 'ws#WebSocketServer': closes('a server'), 'ws#Server': closes('a server'), 'ws#WebSocket': closes('a connection'),
  'ws#default': closes('a connection'), 'socket.io#Server': closes('a server'), 'socket.io-client#io': closes('a connection'),
  'socket.io-client#default': closes('a connection'), 'socket.io-client#connect': closes('a connection'), 'uWebSockets.js#App': closes('a server'),
  'mqtt#connect': closes('a connection', '#.end()'), 'amqplib#connect': keeps('a connection'), 'kafkajs#Kafka': keeps('a connection'),
  'nats#connect': keeps('a connection'), 'reconnecting-websocket#default': closes('a connection'), 'graphql-ws#createClient': closes('a connection', '#.dispose()'),
  // data
  'mongoose#connect': keeps('a connection'), 'mongoose#createConnection': keeps('a connection'),
  'mongoose#model': { why: 'It registers a model under a name that can be registered only once.', stop: null }, 'mongodb#MongoClient': keeps('a connection'),
  'pg#Pool': keeps('a pool of connections'), 'pg#Client': keeps('a connection'), 'postgres#default': keeps('a pool of connections'),
  'mysql#createPool': keeps('a pool of connections'), 'mysql#createConnection': keeps('a connection'), 'mysql2#createPool': keeps('a pool of connections'),
  'mysql2#createConnection': keeps('a connection'), 'mysql2/promise#createPool': keeps('a pool of connections'),
  'mysql2/promise#createConnection': keeps('a connection'), 'redis#createClient': keeps('a connection'), 'redis#createCluster': keeps('a connection'),
  'ioredis#default': keeps('a connection'), 'ioredis#Redis': keeps('a connection'), 'ioredis#Cluster': keeps('a connection'),
  'knex#default': keeps('a pool of connections'), 'knex#knex': keeps('a pool of connections'), '@prisma/client#PrismaClient': keeps('a pool of connections'),
  'better-sqlite3#default': keeps('a database'), 'sqlite3#Database': keeps('a database'), 'sequelize#Sequelize': keeps('a pool of connections'),
  'typeorm#DataSource': keeps('a pool of connections'), 'lmdb#open': keeps('a database'), 'level#Level': keeps('a database'), 'idb#openDB': keeps('a database'),
  '@elastic/elasticsearch#Client': keeps('a pool of connections'), 'memcached#default': keeps('a connection'), 'firebase/app#initializeApp': keeps('an application'),
  'firebase-admin#initializeApp': keeps('an application'), '@supabase/supabase-js#createClient': keeps('a connection'),
  // schedules and queues
  'node-cron#schedule': { why: 'It starts a schedule, and a second version would start another.', stop: '#.stop()' },
  'node-schedule#scheduleJob': { why: 'It starts a schedule, and a second version would start another.', stop: '#.cancel()' },
  'cron#CronJob': { why: 'It starts a schedule, and a second version would start another.', stop: '#.stop()' },
  'croner#Cron': { why: 'It starts a schedule, and a second version would start another.', stop: '#.stop()' }, 'bull#default': closes('a queue'),
  'bullmq#Queue': closes('a queue'), 'bullmq#Worker': closes('a worker of a queue'), 'bullmq#QueueEvents': closes('a listener of a queue'),
  'bullmq#FlowProducer': closes('a queue'), 'bee-queue#default': closes('a queue'),
  'agenda#Agenda': { why: 'It starts a schedule, and a second version would start another.', stop: '#.stop()' },
  'piscina#default': closes('a pool of workers', '#.destroy()'), 'tinypool#default': closes('a pool of workers', '#.destroy()'),
  'workerpool#pool': closes('a pool of workers', '#.terminate()'),
  // logs, watchers, reports
  'pino#transport': closes('a worker that writes logs', '#.end()'), 'pino#destination': closes('a file', '#.end()'),
  'winston#transports': closes('a destination of logs'), 'winston-daily-rotate-file#default': closes('a file'), 'log4js#configure': changes('all loggers'),
  'chokidar#watch': closes('a watcher'), 'chokidar#default': closes('a watcher'),
  '@parcel/watcher#subscribe': { why: 'It watches files, and a second version would watch them as well.', stop: '#.unsubscribe()' },
  '@sentry/node#init': { why: 'It hooks into the whole process.', stop: null }, '@sentry/browser#init': { why: 'It hooks into the whole page.', stop: null },
  '@sentry/react#init': { why: 'It hooks into the whole page.', stop: null },
  'prom-client#collectDefaultMetrics': { why: 'It registers metrics in a registry that all share.', stop: null },
  'prom-client#Counter': { why: 'It registers a metric under a name that can be registered only once.', stop: null },
  'prom-client#Gauge': { why: 'It registers a metric under a name that can be registered only once.', stop: null },
  'prom-client#Histogram': { why: 'It registers a metric under a name that can be registered only once.', stop: null },
  'prom-client#Summary': { why: 'It registers a metric under a name that can be registered only once.', stop: null },
  // user interfaces
  'react-dom/client#createRoot': closes('a view of the page', '#.unmount()'), 'react-dom/client#hydrateRoot': closes('a view of the page', '#.unmount()'),
  'react-dom#render': changes('the page'), 'preact#render': changes('the page'),
  'svelte#mount': { why: 'It puts a view into the page, and a second version would put another.', stop: null },
  'solid-js/web#render': { why: 'It puts a view into the page, and a second version would put another.', stop: '#()' },
  'vue#watch': { why: 'It watches from now on.', stop: '#()' }, 'vue#watchEffect': { why: 'It watches from now on.', stop: '#()' },
  'mobx#autorun': { why: 'It watches from now on.', stop: '#()' }, 'mobx#reaction': { why: 'It watches from now on.', stop: '#()' },
  '@preact/signals#effect': { why: 'It watches from now on.', stop: '#()' }, '@preact/signals-core#effect': { why: 'It watches from now on.', stop: '#()' },
  'vue-router#createWebHistory': { why: 'It listens to the history of the page.', stop: '#.destroy()' },
  'vue-router#createWebHashHistory': { why: 'It listens to the history of the page.', stop: '#.destroy()' },
  'react-router-dom#createBrowserRouter': { why: 'It listens to the history of the page.', stop: '#.dispose()' },
  'react-router#createBrowserRouter': { why: 'It listens to the history of the page.', stop: '#.dispose()' },
  'history#createBrowserHistory': { why: 'It listens to the history of the page.', stop: null }, 'axe-core#run': changes('the page'),
  'workbox-window#Workbox': { why: 'It registers a service worker.', stop: null },
  'relup/runtime#subscribe': { why: 'It subscribes, and a second version would subscribe as well.', stop: '#()' },
};
