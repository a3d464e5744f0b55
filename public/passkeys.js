// The ceremonies of passkeys: the one thing that no page can do without a script.
const {
  browserSupportsWebAuthn,
  browserSupportsWebAuthnAutofill,
  platformAuthenticatorIsAvailable,
  sendSignal,
  startAuthentication,
  startRegistration,
} = globalThis.SimpleWebAuthnBrowser;

/** Milliseconds: a challenge lives five minutes. */
const AUTOFILL_AGAIN = 4 * 60_000;
/** What a person does before a field can offer anything; a program that loads the page does none of it. */
const FIRST_SIGNS = ['pointermove', 'pointerdown', 'keydown'];

for (const form of document.querySelectorAll('[data-passkey]')) {
  if (browserSupportsWebAuthn()) offer(form);
}

function offer(form) {
  const { passkey } = form.elements;
  const button = form.querySelector('button');
  const status = form.querySelector('[data-passkey-status]');
  const start = form.dataset.passkey === 'create' ? startRegistration : startAuthentication;
  let isUnderWay = false;
  // What the field asked for must not come after what the button asks for: one ceremony would end the other.
  let asking = new AbortController();
  button.disabled = false;
  // "Back" can bring a page with what was sent.
  addEventListener('pageshow', () => {
    passkey.value = '';
    button.disabled = false;
  });

  const hold = async (more = {}) => {
    asking.abort();
    asking = new AbortController();
    const optionsJSON = await optionsOf(form, asking);
    const response = await start({ optionsJSON, ...more });
    passkey.value = JSON.stringify(response);
    form.requestSubmit();
  };

  form.addEventListener('submit', async (event) => {
    if (passkey.value !== '') return;
    event.preventDefault();
    isUnderWay = true;
    button.disabled = true;
    status.textContent = '';
    try {
      await hold();
    } catch (error) {
      button.disabled = false;
      // A button that can't be pressed loses the focus, and the keyboard would begin at the top again.
      button.focus();
      status.textContent = sentenceFor(error, form.dataset);
    }
    isUnderWay = false;
  });

  if ('autofill' in form.dataset) {
    const wait = () => {
      if (isUnderWay || document.hidden) return;
      // Nobody pressed anything, so nobody is told that nothing came of it.
      hold({ useBrowserAutofill: true }).catch(() => undefined);
    };
    const seen = new AbortController();
    const begin = async ({ type, movementX, movementY }) => {
      // A browser tells of a move, too, when a page comes to lie under a pointer that rests.
      if (type === 'pointermove' && !movementX && !movementY) return;
      seen.abort();
      if (!(await browserSupportsWebAuthnAutofill())) return;
      wait();
      setInterval(wait, AUTOFILL_AGAIN);
    };
    // Each challenge is kept: none for whoever only looks at the page.
    for (const sign of FIRST_SIGNS) addEventListener(sign, begin, seen);
  }
}

async function optionsOf(form, { signal }) {
  if (form.dataset.options) return JSON.parse(form.dataset.options);
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch(form.dataset.optionsFrom, { method: 'POST', body, signal });
  if (!answer.ok) throw new Error(`The answer is ${answer.status}`);
  return answer.json();
}

function sentenceFor({ name, code }, { cancelled, known, failed }) {
  if (code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED') return known;
  return name === 'NotAllowedError' || name === 'AbortError' ? cancelled : failed;
}

// Password managers stop offering what was removed here.
const signal = document.querySelector('[data-passkey-signal]');
const told = signal && JSON.parse(signal.dataset.passkeySignal);
// Most browsers have no such thing yet.
if (told && browserSupportsWebAuthn()) sendSignal(told).catch(() => undefined);

const offered = document.querySelector('[data-passkey-offer]');
if (offered) {
  platformAuthenticatorIsAvailable().then((isAvailable) => {
    offered.hidden = !isAvailable;
  });
}
