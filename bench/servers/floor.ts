// The floor: what the same pages cost on bare Express, with nothing that guards them.
import express from 'express';
import {
  connect,
  createUser,
  csrfToken,
  findUser,
  port,
  publicFolder,
  render,
  sessions,
} from './work.js';

await connect();
const userId = await createUser();
const app = express();
app.use(express.static(publicFolder, { index: false }));
app.use(sessions());

app.get('/', async (request, response) => {
  const { session } = request;
  if (session.userId === undefined) {
    response.send(render('welcome', {}));
  } else {
    const user = await findUser(session.userId);
    response.send(render('home', { user, csrfToken: csrfToken(session) }));
  }
});

app.get('/settings/profile', async (request, response) => {
  const { session } = request;
  const user = await findUser(session.userId ?? '');
  response.send(render('settings', { user, csrfToken: csrfToken(session) }));
});

app.get('/login', (request, response) => {
  response.send(render('login', { csrfToken: csrfToken(request.session) }));
});

app.post('/enter', (request, response) => {
  request.session.userId = userId;
  csrfToken(request.session);
  response.sendStatus(204);
});

app.use((_request, response) => {
  response.status(404).send(render('missing', {}));
});

app.listen(port, '127.0.0.1');
