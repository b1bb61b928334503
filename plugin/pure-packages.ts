/**
 * What only makes a value when it is called: built-ins of the language and of platforms, and usual packages. Data, no code.
 * An entry belongs here if a second call beside the first one is unnoticed by anybody: no timer, socket, file, listener,
 * registry. Everything that is not here counts as an effect until it is declared pure.
 */

/** Globals that only make values, called, constructed, or by their methods: `Math.max`, `new Map`, `URL.canParse`. */
export const pureGlobals: ReadonlySet<string> = new Set([
  // the language
  'AggregateError', 'Array', 'ArrayBuffer', 'Atomics', 'BigInt', 'BigInt64Array', 'BigUint64Array', 'Boolean', 'DataView', 'Date', 'Error', 'EvalError',
  'FinalizationRegistry', 'Float16Array', 'Float32Array', 'Float64Array', 'Function', 'Int16Array', 'Int32Array', 'Int8Array', 'Intl', 'Iterator', 'JSON', 'Map', 'Math',
  'Number', 'Object', 'Promise', 'Proxy', 'RangeError', 'ReferenceError', 'Reflect', 'RegExp', 'Set', 'SharedArrayBuffer', 'String', 'Symbol', 'SyntaxError',
  'Temporal', 'TypeError', 'URIError', 'Uint16Array', 'Uint32Array', 'Uint8Array', 'Uint8ClampedArray', 'WeakMap', 'WeakRef', 'WeakSet', 'DisposableStack',
  'AsyncDisposableStack', 'SuppressedError',
  'decodeURI', 'decodeURIComponent', 'encodeURI', 'encodeURIComponent', 'escape', 'unescape', 'isFinite', 'isNaN', 'parseFloat', 'parseInt',
  // platforms
  'AbortController', 'AbortSignal', 'Blob', 'Buffer', 'ByteLengthQueuingStrategy', 'CompressionStream', 'CountQueuingStrategy', 'CSSStyleSheet', 'CustomEvent',
  'DOMException', 'DOMParser', 'DOMMatrix', 'DOMPoint', 'DOMRect',
  'DecompressionStream', 'Event', 'EventTarget', 'File', 'FileReader', 'FormData', 'Headers', 'Image', 'ImageData', 'IntersectionObserver', 'MessageChannel',
  'MutationObserver', 'OffscreenCanvas', 'Option', 'Path2D', 'PerformanceObserver',
  'ReadableStream', 'Request', 'ResizeObserver', 'Response', 'TextDecoder', 'TextDecoderStream', 'TextEncoder', 'TextEncoderStream', 'TransformStream', 'URL',
  'URLPattern', 'URLSearchParams', 'WritableStream', 'XMLSerializer', 'XPathEvaluator',
  'WebAssembly', 'atob', 'btoa', 'console', 'crypto', 'getComputedStyle', 'matchMedia', 'performance', 'reportError', 'structuredClone', 'require',
  // bundlers
  '__vitePreload', '__vite_ssr_dynamic_import__',
]);

/** Methods that read what they are called on, whatever that is. */
export const readers: ReadonlySet<string> = new Set([
  'at', 'charAt', 'charCodeAt', 'codePointAt', 'concat', 'endsWith', 'entries', 'every', 'filter', 'find', 'findIndex', 'findLast', 'findLastIndex', 'flat', 'flatMap',
  'forEach', 'getDate',
  'getFullYear', 'getHours', 'getTime', 'has', 'hasOwn', 'hasOwnProperty', 'includes', 'indexOf', 'isPrototypeOf', 'join', 'keys', 'lastIndexOf', 'localeCompare',
  'map', 'match', 'matchAll', 'matches', 'normalize',
  'padEnd', 'padStart', 'propertyIsEnumerable', 'reduce', 'reduceRight', 'repeat', 'search', 'slice', 'some', 'split', 'startsWith', 'subarray', 'substring', 'test',
  'toFixed', 'toISOString', 'toJSON', 'toLocaleLowerCase',
  'toLocaleString', 'toLocaleUpperCase', 'toLowerCase', 'toReversed', 'toSorted', 'toSpliced', 'toString', 'toUpperCase', 'trim', 'trimEnd', 'trimStart', 'valueOf',
  'values', 'with', 'replaceAll', 'bind', 'call', 'apply',
  'then', 'catch', 'finally', 'get', 'getItem', 'getAttribute', 'closest', 'contains', 'item',
]);

/**
 * Packages by specifier: `'*'`, or the exports that are pure. `package/*` stands for every subpath. Node's own stand without `node:`.
 * The pure default export of a package takes its members along: `express.json()`.
 */
export const purePackages: Readonly<Record<string, '*' | readonly string[]>> = {
  // relup itself
  relup: '*', 'relup/jobs': '*', 'relup/node': '*', 'relup/browser': '*', 'relup/react': '*', 'relup/svelte': '*', 'relup/vue': '*',
  // What it registers a second time replaces the first
  '/@react-refresh': '*',
  // Node
  assert: '*', 'assert/strict': '*', async_hooks: ['AsyncLocalStorage', 'AsyncResource', 'executionAsyncId', 'triggerAsyncId'], buffer: '*', crypto: '*',
  constants: '*', diagnostics_channel: ['channel', 'hasSubscribers', 'tracingChannel'],
  dns: ['getServers'], events: ['EventEmitter', 'default', 'getEventListeners', 'listenerCount'],
  'fs/promises': ['readFile', 'readdir', 'stat', 'lstat', 'access', 'realpath', 'readlink'],
  fs: ['readFileSync', 'existsSync', 'statSync', 'lstatSync', 'readdirSync', 'realpathSync', 'readlinkSync', 'accessSync', 'constants'],
  http: ['createServer', 'Server', 'Agent', 'validateHeaderName', 'validateHeaderValue'], https: ['createServer', 'Server', 'Agent'],
  http2: ['createServer', 'createSecureServer', 'getDefaultSettings'],
  module: ['createRequire', 'isBuiltin', 'findPackageJSON'], net: ['createServer', 'Server', 'isIP', 'isIPv4', 'isIPv6', 'BlockList', 'SocketAddress'], os: '*',
  path: '*', 'path/posix': '*', 'path/win32': '*', perf_hooks: ['performance', 'PerformanceObserver', 'createHistogram', 'monitorEventLoopDelay'],
  punycode: '*', querystring: '*', stream: '*', 'stream/promises': '*', 'stream/web': '*', string_decoder: '*', 'timers/promises': ['setTimeout', 'setImmediate'],
  tls: ['createServer', 'createSecureContext', 'rootCertificates'], tty: ['isatty'], url: '*', util: '*', 'util/types': '*',
  v8: ['serialize', 'deserialize', 'getHeapStatistics'],
  vm: ['Script', 'createContext', 'isContext', 'compileFunction'], worker_threads: ['MessageChannel'], zlib: '*',
  // HTTP
  express: ['default', 'Router', 'json', 'urlencoded', 'raw', 'text', 'static'], koa: '*', '@koa/router': '*', 'koa-router': '*', 'koa-bodyparser': '*',
  '@koa/cors': '*', 'koa-static': '*', 'koa-compose': '*', fastify: '*', 'fastify-plugin': '*', '@fastify/*': '*',
  hono: '*', 'hono/*': '*', '@hono/zod-validator': '*', '@hono/zod-openapi': '*', '@hono/node-server': ['createAdaptorServer', 'getRequestListener'],
  '@hono/node-server/serve-static': '*', h3: ['createApp', 'createRouter', 'defineEventHandler', 'eventHandler', 'toNodeListener', 'H3', 'defineHandler'], itty: '*',
  'itty-router': '*', restify: ['createServer', 'plugins'], connect: '*', polka: '*', 'find-my-way': '*', micro: '*',
  'body-parser': '*', compression: '*', 'cookie-parser': '*', cookie: '*', cors: '*', helmet: '*', morgan: '*', multer: '*', 'serve-static': '*', sirv: '*',
  'express-session': '*', 'express-rate-limit': '*', 'http-errors': '*', 'http-status-codes': '*', 'mime-types': '*', mime: '*', 'path-to-regexp': '*',
  'express-validator': '*', 'express-async-handler': '*', axios: ['create', 'Axios', 'AxiosError', 'isAxiosError'], ky: ['create', 'extend'], got: ['extend'],
  ofetch: ['createFetch'], undici: ['Agent', 'Headers', 'Request', 'Response', 'FormData'],
  '@trpc/server': '*', '@trpc/client': '*', graphql: '*', 'graphql-tag': '*', '@graphql-tools/schema': '*', 'graphql-yoga': '*', '@apollo/server': '*',
  '@apollo/client': ['gql', 'InMemoryCache', 'ApolloClient', 'HttpLink', 'ApolloLink', 'split', 'from'], 'ws': [],
  // schemas and data
  zod: '*', 'zod/*': '*', valibot: '*', yup: '*', joi: '*', superstruct: '*', arktype: '*', ajv: '*', 'ajv/*': '*', 'ajv-formats': '*', '@sinclair/typebox': '*',
  '@sinclair/typebox/*': '*', 'io-ts': '*', runtypes: '*', effect: '*', 'fast-json-stringify': '*', 'json-schema-to-ts': '*', envalid: '*', convict: '*',
  '@t3-oss/env-core': '*', dotenv: '*', rc: '*', cosmiconfig: '*',
  'drizzle-orm': '*', 'drizzle-orm/pg-core': '*', 'drizzle-orm/mysql-core': '*', 'drizzle-orm/sqlite-core': '*',
  kysely: ['sql', 'Kysely', 'PostgresDialect', 'MysqlDialect', 'SqliteDialect'], mongoose: ['Schema', 'Types', 'isValidObjectId'],
  mongodb: ['ObjectId', 'Binary', 'Long', 'Decimal128', 'Timestamp'], bson: '*', 'pg-format': '*', 'sql-template-strings': '*', slonik: ['sql'],
  '@mikro-orm/core': ['EntitySchema', 'defineConfig'], sequelize: ['DataTypes', 'Op', 'literal', 'fn', 'col'],
  // plain values
  lodash: '*', 'lodash/*': '*', 'lodash-es': '*', 'lodash-es/*': '*', underscore: '*', ramda: '*', remeda: '*', radash: '*', 'fp-ts': '*', 'fp-ts/*': '*',
  immer: ['produce', 'createDraft', 'finishDraft', 'current', 'original', 'nothing', 'immerable', 'isDraft', 'default'], immutable: '*', 'date-fns': '*',
  'date-fns/*': '*', 'date-fns-tz': '*', dayjs: '*', 'dayjs/*': '*', luxon: '*', moment: '*', 'moment-timezone': '*', '@js-joda/core': '*', 'date-fns/locale': '*',
  ms: '*', 'pretty-ms': '*', bytes: '*', 'pretty-bytes': '*', numeral: '*', 'decimal.js': '*', 'big.js': '*', 'bignumber.js': '*', dinero: '*', 'dinero.js': '*',
  mathjs: '*',
  uuid: '*', nanoid: '*', 'nanoid/*': '*', cuid: '*', '@paralleldrive/cuid2': '*', ulid: '*', shortid: '*', hashids: '*', sqids: '*', clsx: '*', classnames: '*',
  'tailwind-merge': '*', 'class-variance-authority': '*', 'tailwind-variants': '*', deepmerge: '*', 'fast-deep-equal': '*', 'deep-equal': '*', dequal: '*', klona: '*',
  'rfdc': '*', defu: '*', 'object-hash': '*', ohash: '*', slugify: '*', 'change-case': '*', camelcase: '*', pluralize: '*', 'escape-string-regexp': '*',
  'escape-html': '*', he: '*', entities: '*', qs: '*', 'query-string': '*', ufo: '*', semver: '*', picomatch: '*', micromatch: '*', minimatch: '*', 'string-width': '*',
  'strip-ansi': '*', 'wrap-ansi': '*', chalk: '*', picocolors: '*', kleur: '*', colorette: '*', 'ansi-colors': '*', debug: '*', 'yaml': '*', 'js-yaml': '*', toml: '*',
  '@iarna/toml': '*', ini: '*', 'smol-toml': '*', 'csv-parse/sync': '*', 'csv-stringify/sync': '*', papaparse: '*', 'fast-xml-parser': '*', 'xml2js': '*',
  marked: ['parse', 'Marked', 'Renderer', 'lexer', 'parser'], 'markdown-it': '*', 'gray-matter': '*', handlebars: ['compile', 'precompile', 'create', 'SafeString'],
  mustache: '*', ejs: '*', eta: '*', nunjucks: ['Environment'], pug: '*', liquidjs: '*', cheerio: '*', 'sanitize-html': '*', dompurify: '*', 'lru-cache': '*',
  'quick-lru': '*', 'tiny-lru': '*', 'p-limit': '*', 'p-queue': '*', 'p-map': '*', 'p-retry': '*', fastq: '*', 'mitt': '*', nanoevents: '*', eventemitter3: '*',
  eventemitter2: '*', emittery: '*', 'async-mutex': '*', 'async-sema': '*', bottleneck: '*', opossum: '*', cockatiel: '*',
  'rate-limiter-flexible': ['RateLimiterMemory'],
  jsonwebtoken: '*', jose: '*', bcrypt: '*', bcryptjs: '*', argon2: '*', 'tweetnacl': '*', '@noble/hashes': '*', '@noble/hashes/*': '*', '@noble/curves': '*',
  'crypto-js': '*', 'otplib': '*', 'iconv-lite': '*', 'pako': '*', 'fflate': '*', 'base64-js': '*', commander: ['Command', 'Option', 'Argument', 'createCommand'],
  minimist: '*', mri: '*', cac: '*', yargs: '*', 'yargs-parser': '*', arg: '*', sade: '*', consola: ['createConsola'],
  pino: ['default', 'pino', 'stdTimeFunctions', 'stdSerializers'], 'pino-http': '*', winston: ['createLogger', 'format'], log4js: ['getLogger'], loglevel: '*',
  tslog: '*', 'prom-client': ['Registry'], '@opentelemetry/api': '*', three: '*', 'gl-matrix': '*', 'simplex-noise': '*', 'seedrandom': '*', 'chroma-js': '*',
  tinycolor2: '*', 'color': '*', colord: '*', d3: '*', 'd3-*': '*', topojson: '*', 'topojson-client': '*', leaflet: ['icon', 'divIcon', 'latLng', 'point'],
  // user interfaces
  react: '*', 'react/jsx-runtime': '*', 'react/jsx-dev-runtime': '*', 'prop-types': '*', 'react-is': '*',
  'react-router': ['createRoutesFromElements', 'generatePath', 'matchPath', 'redirect'],
  'react-router-dom': ['createRoutesFromElements', 'generatePath', 'matchPath', 'redirect'], 'styled-components': '*', '@emotion/styled': '*',
  '@emotion/react': ['css', 'keyframes'], '@stitches/react': ['createStitches', 'styled', 'css'], '@vanilla-extract/css': '*', 'react-hook-form': '*',
  '@hookform/resolvers/zod': '*', '@tanstack/react-query': ['QueryClient', 'queryOptions', 'useQuery'], '@tanstack/react-table': '*',
  '@tanstack/react-router': ['createRootRoute', 'createRoute', 'createFileRoute', 'lazyRouteComponent'], swr: '*', zustand: '*', 'zustand/*': '*', jotai: '*',
  'jotai/*': '*', recoil: ['selector', 'selectorFamily'], valtio: ['proxy', 'ref', 'snapshot'], nanostores: '*', redux: '*', '@reduxjs/toolkit': '*',
  '@reduxjs/toolkit/query/react': '*', 'redux-thunk': '*', reselect: '*', 'redux-saga': '*',
  xstate: ['createMachine', 'setup', 'assign', 'fromPromise', 'fromCallback'],
  mobx: ['observable', 'computed', 'action', 'makeObservable', 'makeAutoObservable', 'flow'], 'mobx-react-lite': '*', '@mui/material/styles': '*', '@mui/system': '*',
  'framer-motion': ['motion', 'motionValue', 'useMotionValue'], 'react-intl': ['defineMessages', 'createIntl', 'createIntlCache'],
  preact: ['createContext', 'h', 'createElement', 'Fragment', 'createRef', 'toChildArray', 'cloneElement'], 'preact/compat': '*', 'preact/hooks': '*',
  'preact/jsx-runtime': '*', '@preact/signals': ['signal', 'computed', 'batch'], '@preact/signals-core': ['signal', 'computed', 'batch'],
  'solid-js': ['createSignal', 'createMemo', 'createContext', 'lazy', 'createRoot', 'createResource'], 'solid-js/store': '*',
  'solid-js/web': ['template', 'createComponent'],
  vue: ['ref', 'shallowRef', 'customRef', 'toRef', 'toRefs', 'unref', 'reactive', 'shallowReactive', 'readonly', 'shallowReadonly', 'computed', 'markRaw', 'toRaw', 'defineComponent', 'defineAsyncComponent', 'defineCustomElement', 'h', 'createVNode', 'createElementVNode', 'createStaticVNode', 'createTextVNode', 'createCommentVNode', 'openBlock', 'createElementBlock', 'createBlock', 'withCtx', 'withScopeId', 'pushScopeId', 'popScopeId', 'resolveComponent', 'mergeProps', 'normalizeClass', 'normalizeStyle', 'toDisplayString', 'createApp', 'createSSRApp', 'effectScope', 'isRef'],
  '@vue/reactivity': ['ref', 'reactive', 'computed', 'shallowRef', 'readonly'], pinia: ['defineStore', 'createPinia', 'storeToRefs'],
  'vue-router': ['createMemoryHistory'], 'vue-i18n': ['createI18n'], 'plugin-vue:export-helper': '*', svelte: ['createRawSnippet', 'getAllContexts'],
  'svelte/store': '*', 'svelte/reactivity': '*', 'svelte/internal': '*', 'svelte/internal/client': '*', 'svelte/easing': '*', 'svelte/motion': '*', lit: '*',
  'lit/*': '*', 'lit-html': '*', 'lit-element': '*', '@lit/reactive-element': '*', 'lit/decorators.js': ['property', 'state', 'query'],
  '@angular/core': ['InjectionToken', 'signal', 'computed', 'inject'],
  rxjs: '*', 'rxjs/*': '*', 'most': '*', xstream: '*', callbag: '*', wonka: '*',
  i18next: ['createInstance'], intl: '*', 'intl-messageformat': '*', '@formatjs/intl': '*', tslib: '*', '@swc/helpers': '*', '@swc/helpers/*': '*',
  '@babel/runtime': '*', '@babel/runtime/*': '*', 'regenerator-runtime': '*', 'reflect-metadata': '*', 'core-js': '*', inversify: ['Container', 'injectable', 'inject'],
  tsyringe: ['injectable', 'inject'], awilix: '*', typedi: ['Token'], 'class-validator': '*', 'class-transformer': '*', neverthrow: '*', 'ts-pattern': '*',
  'type-fest': '*', tinypool: [], comlink: ['proxy', 'transfer', 'transferHandlers'], idb: [], localforage: ['createInstance'], 'chart.js': ['Chart'],
};
