/**
 * Two projects: the sources, and the same promises against what is packed (`dist/`, made by `npm run build`). Host, browser,
 * package and README tests use the package either way.
 */
const common = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }],
  },
};

const ownFiles = { '^(\\.{1,2}/.*)\\.js$': '$1' };

export default {
  globalSetup: '<rootDir>/test/node24.ts',
  testTimeout: 60_000,
  projects: [
    { ...common, displayName: 'sources', testMatch: ['**/*.test.ts'], moduleNameMapper: ownFiles },
    {
      ...common,
      displayName: 'built',
      testMatch: ['**/{conformance,adversarial,runtime}/*.test.ts'],
      moduleNameMapper: { '^(?:\\.\\./)+(plugin|runtime)/(.*)\\.js$': '<rootDir>/dist/$1/$2.js', '^(\\.{1,2}/(?!.*dist).*)\\.js$': ['$1', '$1.js'] },
    },
  ],
};
