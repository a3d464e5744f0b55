// Before the first paint: the reader's own choice, else the system's.
(function () {
  var kept = null;
  try {
    kept = localStorage.getItem('theme');
  } catch {
    // Storage can be forbidden; the system's preference remains.
  }
  var dark = matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset.bsTheme = kept || (dark ? 'dark' : 'light');
})();
