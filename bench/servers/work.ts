// What the reference servers share: the same database, session, reads and pages.
import { MongoStore } from 'connect-mongo';
import session, { type SessionData } from 'express-session';
import Handlebars from 'handlebars';
import mongoose, { Schema } from 'mongoose';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { PERSON } from '../subjects/person.js';

declare module 'express-session' {
  interface SessionData {
    userId?: string;
    formToken?: string;
  }
}

/** An account as large as one of the product's that has a password and no identity. */
const userSchema = new Schema(
  {
    username: String,
    usernameCanonical: String,
    name: String,
    email: String,
    emailClaim: String,
    passwordHash: String,
    passwordChangedAt: Date,
    identities: [String],
    revision: Number,
    createdAt: Date,
  },
  { collection: 'reference_users', versionKey: false },
);

export const port = Number(process.env['PORT']);
/** The product's own folder of static files. */
export const publicFolder = process.env['PUBLIC_FOLDER'] ?? '';

const sources = JSON.parse(readFileSync(process.env['TEMPLATES'] ?? '', 'utf8')) as Record<
  string,
  string
>;
const templates = new Map(
  Object.entries(sources).map(([name, source]) => [
    name,
    Handlebars.compile(source, { knownHelpersOnly: true }),
  ]),
);
for (const template of templates.values()) template({});

/** @returns a page of the product's */
export function render(name: string, data: object): string {
  const template = templates.get(name);
  if (!template) throw new Error(`There is no page "${name}"`);
  return template(data);
}

export async function connect(): Promise<mongoose.Mongoose> {
  return mongoose.connect(process.env['MONGODB_URI'] ?? '', { maxPoolSize: 50 });
}

const User = mongoose.model('User', userSchema);

/** The one read that a page makes besides its session. */
export function findUser(id: string): Promise<object | null> {
  return User.findById(id).lean().exec();
}

/** Makes the account that signs in. @returns its id */
export async function createUser(): Promise<string> {
  const now = new Date();
  const user = await User.create({
    ...PERSON,
    usernameCanonical: PERSON.username,
    emailClaim: `1 ${PERSON.email}`,
    passwordHash: `$bcrypt-hmac-sha384$k=01234567$2b$12$${'a'.repeat(53)}`,
    passwordChangedAt: now,
    identities: [],
    revision: 0,
    createdAt: now,
  });
  return user.id;
}

/** @returns the session middleware as its own documentation has it */
export function sessions() {
  return session({
    secret: 'kW8mZq3vTn5xYb7cJd9fGh2jLp4rSt6u',
    resave: false,
    saveUninitialized: false,
    store: MongoStore.create({
      // Two copies of the driver are installed, whose types differ by private names alone.
      client: mongoose.connection.getClient() as never,
      collectionName: 'reference_sessions',
      // Seconds; a page view writes as seldom as with the product.
      touchAfter: 30,
    }),
  });
}

/** @returns the token of the forms, kept in the session */
export function csrfToken(data: Partial<SessionData>): string {
  data.formToken ??= randomBytes(32).toString('hex');
  return data.formToken;
}
