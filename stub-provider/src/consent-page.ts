import type { AuthorizationRequest } from './authorization-request.js';
import type { Dialect } from './dialects/dialect.js';
import { people } from './people.js';
import type { Person } from './person.js';
import { html } from './protocol.js';
import type { Answer } from './protocol.js';

/** The page on which the developer chooses who, or what, comes back from the provider. */
export function consentPage(
  dialect: Dialect,
  request: AuthorizationRequest,
  query: URLSearchParams,
): Answer {
  const scopes = request.scopes.join(', ') || 'nothing';
  return page(
    200,
    dialect,
    `<p>An application wants to know who you are. It asks for <strong>${escapeHtml(scopes)}</strong>
and you will go back to <strong>${escapeHtml(new URL(request.redirectUri).host)}</strong>.
Choose who you are today: the choice of person is the choice of what happens.</p>
<form method="post" action="/${dialect.provider}/decide">
<input type="hidden" name="request" value="${escapeHtml(query.toString())}">
${people.map(({ heading, people: rows }) => section(heading, rows.filter(offeredAt(dialect)))).join('\n')}
</form>
<form method="post" action="/${dialect.provider}/decide">
<input type="hidden" name="request" value="${escapeHtml(query.toString())}">
<h2>Someone else</h2>
<div class="fields">
${field('subject', 'Subject (the id at the provider)', '4242', 'required')}
${field('name', 'Name', 'Someone Else')}
${field('login', 'Login', 'someone')}
${field('email', 'E-mail (empty for none)', 'someone@example.com', 'inputmode="email"')}
<label class="check"><input type="checkbox" name="verified" value="yes" checked> The e-mail address is verified</label>
<button class="go">Continue as this person</button>
</div>
</form>`,
  );
}

/** The page for a request that no provider would answer. */
export function refusalPage(dialect: Dialect, sentence: string): Answer {
  return page(
    400,
    dialect,
    `<h2>This request can't be answered</h2><p role="alert">${escapeHtml(sentence)}</p>
<p>A real provider stops here as well, and does not send you back.</p>`,
  );
}

function page(status: number, { label }: Dialect, body: string): Answer {
  const heading = `Stub provider — pretends to be ${label}. Development only.`;
  const answer = html(
    status,
    `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${heading}</title>
<link rel="stylesheet" href="/stub.css">
</head>
<body>
<main>
<h1>${heading}</h1>
${body}
</main>
</body>
</html>
`,
  );
  // No form-action: browsers apply it to the redirect that answers this form, too.
  const policy = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";
  return { ...answer, headers: { ...answer.headers, 'content-security-policy': policy } };
}

/** Only GitHub has an endpoint for e-mails: elsewhere its faults could not show. */
function offeredAt(dialect: Dialect): (person: Person) => boolean {
  return ({ behaviour }) => behaviour?.at !== 'emails' || dialect.emails !== undefined;
}

function section(heading: string, rows: readonly Person[]): string {
  const buttons = rows.map(
    ({ id, title, explanation }) =>
      `<button name="person" value="${id}"><strong>${escapeHtml(title)}</strong> <span>${escapeHtml(explanation)}</span></button>`,
  );
  return `<h2>${escapeHtml(heading)}</h2>\n<div class="people">\n${buttons.join('\n')}\n</div>`;
}

function field(name: string, label: string, value: string, attributes = ''): string {
  return `<label>${label}<input name="${name}" value="${value}" autocomplete="off" autocapitalize="none" spellcheck="false" ${attributes}></label>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
