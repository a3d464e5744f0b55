// The limit: two reads by the driver itself and a page on Node's own server; no library could do less.
import mongoose from 'mongoose';
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, createUser, port, render } from './work.js';

interface Session {
  _id: string;
  userId: string;
  csrfToken: string;
}

const COOKIE = 'id=';

await connect();
const db = mongoose.connection.getClient().db();
const sessions = db.collection<Session>('limit_sessions');
const users = db.collection('reference_users');
const userId = await createUser();

async function home(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const id = request.headers.cookie?.slice(COOKIE.length) ?? '';
  const session = await sessions.findOne({ _id: id });
  const user = await users.findOne({ _id: new mongoose.mongo.BSON.ObjectId(session?.userId) });
  send(response, 200, render('home', { user, csrfToken: session?.csrfToken }));
}

async function enter(response: ServerResponse): Promise<void> {
  const [id, csrfToken] = [randomBytes(24).toString('base64url'), randomBytes(32).toString('hex')];
  await sessions.insertOne({ _id: id, userId, csrfToken });
  response.setHeader('set-cookie', COOKIE + id);
  send(response, 200, '');
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

createServer((request, response) => {
  if (request.url === '/') void home(request, response);
  else if (request.method === 'POST') void enter(response);
  else send(response, 200, render('login', {}));
}).listen(port, '127.0.0.1');
