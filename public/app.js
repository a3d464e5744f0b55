// Conveniences only: every page works without this file.
for (const button of document.querySelectorAll('[data-show]')) {
  const input = document.getElementById(button.dataset.show);
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener('click', () => {
    const shown = input.type === 'password';
    input.type = shown ? 'text' : 'password';
    button.setAttribute('aria-pressed', String(shown));
    button.textContent = shown ? button.dataset.shownLabel : label;
  });
}

for (const input of document.querySelectorAll('[data-strength]')) {
  const hint = document.getElementById(input.dataset.strength);
  input.addEventListener('input', () => {
    const typed = [...input.value];
    const repeats = /^(.{1,4})\1{2,}$/su.test(input.value);
    const enough = typed.length >= Number(input.dataset.min);
    hint.textContent =
      typed.length === 0
        ? ''
        : repeats
          ? hint.dataset.repeats
          : enough
            ? hint.dataset.fine
            : hint.dataset.short;
  });
}

for (const button of document.querySelectorAll('[data-dismiss]')) {
  button.hidden = false;
  button.addEventListener('click', () => button.parentElement.remove());
}

// A pressed button can't be pressed twice; coming back by "Back" it can again.
for (const form of document.querySelectorAll('[data-once]')) {
  const button = form.querySelector('button:not([type])');
  form.addEventListener('submit', () => button.setAttribute('disabled', ''));
  addEventListener('pageshow', () => button.removeAttribute('disabled'));
}

const themeSwitch = document.querySelector('[data-theme-switch]');
themeSwitch.hidden = false;
themeSwitch.addEventListener('click', () => {
  const root = document.documentElement;
  root.dataset.bsTheme = root.dataset.bsTheme === 'dark' ? 'light' : 'dark';
  try {
    localStorage.setItem('theme', root.dataset.bsTheme);
  } catch {
    // Storage can be forbidden; the choice lasts for this page then.
  }
});

document.querySelector('[data-focus]')?.focus();
