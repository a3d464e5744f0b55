// The tests run on what the compiler wrote: the same files that a person starts.
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/dist', '<rootDir>/embedded-mongodb/dist', '<rootDir>/stub-provider/dist'],
  testMatch: ['**/*.spec.js', '**/*.e2e.js'],
  transform: {},
  globalSetup: '<rootDir>/dist/test/support/global-setup.js',
  globalTeardown: '<rootDir>/dist/test/support/global-teardown.js',
  reporters: ['default', '<rootDir>/test/support/count-reporter.mjs'],
  maxWorkers: '100%',
  // What a worker has loaded for one spec it keeps for the next: dozens of them come to gigabytes.
  workerIdleMemoryLimit: '1.5GB',
  // Ends a test that hangs. A machine that is busy with other things needs several times the usual.
  testTimeout: 180_000,
  // A worker that held a browser takes more than the usual half second to give back its memory.
  workerGracefulExitTimeout: 10_000,
};
