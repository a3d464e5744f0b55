// The tests run on what the compiler wrote: the same files that a person starts.
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/dist', '<rootDir>/embedded-mongodb/dist'],
  testMatch: ['**/*.spec.js', '**/*.e2e.js'],
  transform: {},
  maxWorkers: '100%',
  testTimeout: 30_000,
};
