// Before the first paint: the reader's own choice, else the system's, also when either changes.
(function () {
  var dark = matchMedia('(prefers-color-scheme: dark)');
  var forced = matchMedia('(forced-colors: active)');

  function kept() {
    try {
      return localStorage.getItem('theme');
    } catch {
      // Storage can be forbidden; the system's preference remains.
      return null;
    }
  }

  function show() {
    // Forced colours are dark or light themselves, and the switch is away then.
    var choice = forced.matches ? null : kept();
    var theme = choice || (dark.matches ? 'dark' : 'light');
    document.documentElement.dataset.bsTheme = theme;
    document.querySelectorAll('meta[data-theme]').forEach(function (meta) {
      meta.media = meta.dataset.theme === theme ? 'all' : 'not all';
    });
  }

  // Pages show what needs passkeys, or say that they can't: nothing moves once it can be pressed.
  document.documentElement.dataset.passkeys = window.PublicKeyCredential ? 'yes' : 'no';

  show();
  dark.addEventListener('change', show);
  forced.addEventListener('change', show);
  // Another tab, or the switch of this one.
  addEventListener('storage', show);
})();
