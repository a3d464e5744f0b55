import mongoose from 'mongoose';
import { openingOf, uriProblems } from './mongodb-uri.js';

function optionsOf(address: string) {
  const { uri, options } = openingOf(address);
  // What Mongoose keeps to itself.
  const { bufferCommands: _b, autoIndex: _i, autoCreate: _c, dbName: _d, ...given } = options;
  return new mongoose.mongo.MongoClient(uri, given).options;
}

it.each([
  'mongodb://a',
  'mongodb://a:27018/accounts',
  'mongodb://a,b,c/accounts?replicaSet=rs0',
  'mongodb+srv://user:p%40ss@cluster0.example.net/?retryWrites=true&w=majority',
  'mongodb://%2Frun%2Fmongodb.sock/accounts',
  'mongodb+srv://user:pw@name.mongocluster.cosmos.azure.com/accounts?tls=true&authMechanism=SCRAM-SHA-256&retryWrites=false',
  'mongodb://user:pw@a:10260/accounts?tls=true&tlsCAFile=/etc/ssl/documentdb.pem&authMechanism=SCRAM-SHA-256',
  'mongodb://user:pw@name.docdb.amazonaws.com:27017/accounts?tls=true&tlsCAFile=/etc/ssl/global-bundle.pem&replicaSet=rs0&retryWrites=false',
  'mongodb://user:%3Cabc%3E@a/accounts',
])('takes %s', (address) => {
  expect(uriProblems(address)).toEqual([]);
});

it.each([
  ['mongodb+srv://user:<db_password>@cluster0.example.net/', '<db_password>'],
  ['mongodb+srv://<username>:x@cluster0.example.net/', '<username>'],
  ['mongodb://user:${PASSWORD}@a/accounts', '${PASSWORD}'],
  ['mongodb://{{user}}:x@a/accounts', '{{user}}'],
  ['mongodb://user:your_password@a/accounts', 'your_password'],
])('finds the placeholder in %s', (address, placeholder) => {
  expect(uriProblems(address)).toEqual([
    `MONGODB_URI still holds the placeholder ${placeholder}: put the real value there.`,
  ]);
});

it.each([
  'mongodb://',
  'mongodb://root:hunter2-qz@',
  'mongodb://root:hunter2-qz@@/x',
  'mongodb://a:%hunter2-qz@h/x',
  'mongodb://root:hunter2-qz/x@h/x',
  'mongodb://root:hunter2-qz@h:port/x',
  'mongodb://root:hunter2-qz@h/x?serverSelectionTimeoutMS=soon',
  'mongodb://root:hunter2-qz@h/x?mistyped=1',
  'mongodb+srv://root:hunter2-qz@h:27017/x',
  'mongodb://root:hunter2-qz@h/x?w=0',
])('refuses %s by one sentence that names the setting and no password', (address) => {
  const problems = uriProblems(address);
  expect(problems).toEqual([expect.stringMatching(/^MONGODB_URI /)]);
  expect(problems[0]).not.toContain('hunter2');
});

it('says which option is none', () => {
  expect(uriProblems('mongodb://h/x?mistyped=1')[0]).toContain('mistyped');
});

it('reads from the primary alone, whatever the address says', () => {
  const { readPreference, replicaSet } = optionsOf(
    'mongodb://a/x?readPreference=secondary&replicaSet=rs0&readPreferenceTags=dc:ny&readPreferenceTags=&maxStalenessSeconds=120',
  );
  expect([readPreference.mode, readPreference.tags, replicaSet]).toEqual([
    'primary',
    undefined,
    'rs0',
  ]);
});

it('leaves the limits that the address sets', () => {
  const options = optionsOf('mongodb://a/x?socketTimeoutMS=9000&SERVERSELECTIONTIMEOUTMS=7000');
  const { socketTimeoutMS, serverSelectionTimeoutMS, connectTimeoutMS } = options;
  expect([socketTimeoutMS, serverSelectionTimeoutMS, connectTimeoutMS]).toEqual([9000, 7000, 2000]);
});

it.each([
  ['mongodb://a/accounts', 'accounts', true],
  ['mongodb://user:p%2Fw@a/accounts?w=1', 'accounts', true],
  ['mongodb://a', 'latchkey', false],
  ['mongodb://a/', 'latchkey', false],
  ['mongodb://user:pw@a/?authSource=admin', 'latchkey', false],
  ['mongodb://%2Frun%2Fmongodb.sock', 'latchkey', false],
])('takes from %s the database %s', (address, database, named) => {
  expect(openingOf(address).options.dbName ?? optionsOf(address).dbName).toBe(database);
  expect(openingOf(address).named).toBe(named);
});

it('leaves it to the default where the user belongs', () => {
  expect(optionsOf('mongodb://user:pw@a').credentials?.source).toBe('admin');
});
