// Conveniences only: every page works without this file.
for (const button of document.querySelectorAll('[data-show]')) {
  const input = document.getElementById(button.dataset.show);
  const word = button.firstElementChild;
  const label = word.textContent;
  const show = (shown) => {
    input.type = shown ? 'text' : 'password';
    word.textContent = shown ? button.dataset.hide : label;
  };
  button.hidden = false;
  button.addEventListener('click', () => show(input.type === 'password'));
  // Sent as text, the browser would keep it among what was typed into forms.
  input.form.addEventListener('submit', () => show(false));
}

for (const input of document.querySelectorAll('[data-strength]')) {
  const hint = document.getElementById(input.dataset.strength);
  const { short, repeats, fine } = hint.dataset;
  const judge = (typed) => {
    if (typed === '') return '';
    if (/^(.{1,4})\1{2,}$/su.test(typed)) return repeats;
    return [...typed].length < Number(input.dataset.min) ? short : fine;
  };
  input.addEventListener('input', () => {
    const text = judge(input.value);
    // Only a change is read out.
    if (hint.textContent !== text) hint.textContent = text;
  });
}

for (const button of document.querySelectorAll('[data-dismiss]')) {
  button.hidden = false;
  button.addEventListener('click', () => {
    button.parentElement.remove();
    const heading = document.querySelector('h1');
    heading.tabIndex = -1;
    heading.focus();
  });
}

for (const button of document.querySelectorAll('[data-copy]')) {
  const word = button.textContent;
  button.hidden = !navigator.clipboard;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = button.dataset.copied;
    setTimeout(() => (button.textContent = word), 2000);
  });
}

for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false;
  button.addEventListener('click', () => print());
}

// The choice of the form with the password holds for the buttons of providers beside it.
for (const form of document.querySelectorAll('[data-remembers]')) {
  const remember = document.getElementById('remember');
  form.addEventListener('formdata', ({ formData }) => {
    if (remember.checked) formData.set('remember', 'yes');
    else formData.delete('remember');
  });
}

// A pressed button can't be pressed twice; after "Back" and "Stop" it can again.
for (const form of document.querySelectorAll('[data-once]')) {
  const button = form.querySelector('button:not([type])');
  // One that can't be pressed for a reason of its own stays so.
  if (button.disabled) continue;
  const giveBack = () => button.removeAttribute('disabled');
  form.addEventListener('submit', () => {
    button.setAttribute('disabled', '');
    // Some browsers tell nobody of "Stop". A second press does no harm.
    setTimeout(giveBack, 10_000);
  });
  addEventListener('pageshow', giveBack);
  globalThis.navigation?.addEventListener('navigateerror', giveBack);
}

// Without https, WebKit keeps a page for "Back" that no browser may store: whoever comes back to one that
// was a person's may be somebody else by now.
addEventListener('pageshow', ({ persisted }) => {
  if (!persisted || location.protocol === 'https:') return;
  if (!document.querySelector('[action="/logout"]')) return;
  document.documentElement.hidden = true;
  location.reload();
});

const themeSwitch = document.querySelector('[data-theme-switch]');
themeSwitch.hidden = false;
themeSwitch.addEventListener('click', () => {
  const root = document.documentElement;
  const theme = root.dataset.bsTheme === 'dark' ? 'light' : 'dark';
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  try {
    // Back at the system's, the page follows it again.
    if (theme === system) localStorage.removeItem('theme');
    else localStorage.setItem('theme', theme);
    dispatchEvent(new Event('storage'));
  } catch {
    // Storage can be forbidden; the choice lasts for this page then.
    root.dataset.bsTheme = theme;
  }
});

// The focus goes to what is new, so that it is read out; else, where no keyboard would cover the page, to
// the first field.
const fine = matchMedia('(pointer: fine)').matches;
if (!document.querySelector('[autofocus]')) {
  const target =
    document.querySelector('[data-focus]') ??
    document.querySelector('[data-notice]') ??
    (fine ? document.querySelector('[data-first-field]') : null);
  target?.focus();
}

// Asks quietly whether the page can be had again, and opens it then.
const retry = document.querySelector('[data-retry]');
if (retry) {
  retry.hidden = false;
  setInterval(async () => {
    const answer = await fetch(location.href, { method: 'HEAD' }).catch(() => null);
    // What stands in front may have error pages of its own, which ask for nothing again.
    if (answer && answer.status < 500) location.reload();
  }, retry.dataset.retry * 1000);
}

// Facebook hangs this on to the address that it sends people back to.
if (location.hash === '#_=_') history.replaceState(null, '', location.pathname + location.search);
