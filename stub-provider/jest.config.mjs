export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/dist'],
  testMatch: ['**/*.spec.js'],
  transform: {},
  maxWorkers: '100%',
  testTimeout: 30_000,
};
