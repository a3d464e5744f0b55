import mongoose from 'mongoose';
import { type DeclaredIndex, duplicateField } from './duplicate-key.js';

const INDEXES: DeclaredIndex[] = [
  [{ expiresAt: 1 }, { expireAfterSeconds: 0 }],
  [{ nameKey: 1 }, { unique: true }],
  [{ mailKey: 1 }, { unique: true, name: 'mail' }],
  [{ 'ways.key': 1, 'ways.kind': 1 }, { unique: true }],
];

const nobody = () => Promise.resolve(false);

function duplicate(message: string, more: object = {}): Error {
  return new mongoose.mongo.MongoServerError({ code: 11000, message, ...more });
}

it.each([
  ['its key', duplicate('x', { keyPattern: { nameKey: 1 } }), 'nameKey'],
  ['its name', duplicate("Index 'nameKey_1'"), 'nameKey'],
  ['its own name', duplicate('collection: a.mail index: mail dup key'), 'mailKey'],
  ['the name of several fields', duplicate('index ways.key_1_ways.kind_1.'), 'ways.key'],
  ['a name, before a value that reads like one', duplicate('index mail: "nameKey_1"'), 'mailKey'],
])('finds the index by %s', async (_, error, field) => {
  const held = () => Promise.reject(new Error('asked'));
  expect(await duplicateField(error, INDEXES, held)).toBe(field);
});

it('asks who holds which value when nothing is named, of the unique indexes alone', async () => {
  const asked: string[] = [];
  const held = async (field: string) => {
    asked.push(field);
    return field === 'ways.key';
  };
  expect(await duplicateField(duplicate('nameKey_12'), INDEXES, held)).toBe('ways.key');
  expect(asked).toEqual(['nameKey', 'mailKey', 'ways.key']);
});

it.each([
  ['nobody holds a value any more', duplicate('Duplicate key violation')],
  ['the error is another one', new mongoose.mongo.MongoServerError({ code: 112 })],
  ['it only reads like one', new Error('E11000 index: nameKey_1')],
])('finds none when %s', async (_, error) => {
  expect(await duplicateField(error, INDEXES, nobody)).toBeNull();
});
