/** The style of the consent page: no provider's colours, so that nobody takes it for one. */
export const stylesheet = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f4f2ec, #17181c);
  --card: light-dark(#fff, #212329);
  --text: light-dark(#1d2025, #eceef2);
  --quiet: light-dark(#565c66, #a9b0bb);
  --line: light-dark(#d9d6cc, #3a3d46);
  --accent: light-dark(#7a4a00, #ffc66b);
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 1rem; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif;
}
main {
  max-width: 46rem; margin: 1rem auto; padding: 1.5rem; background: var(--card);
  border: 1px solid var(--line); border-top: .5rem solid var(--accent); border-radius: .75rem;
}
h1 { margin: 0 0 .75rem; font-size: 1.25rem; line-height: 1.3; }
h2 { margin: 1.75rem 0 .5rem; font-size: .9rem; color: var(--quiet); }
p { margin: .5rem 0; overflow-wrap: anywhere; }
.people, .fields { display: grid; gap: .5rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 18rem), 1fr)); }
button, input { font: inherit; color: inherit; border-radius: .5rem; }
button {
  min-height: 44px; padding: .5rem .75rem; text-align: start; cursor: pointer;
  background: none; border: 1px solid var(--line);
}
button strong, button span { display: block; }
button span { font-size: .875rem; color: var(--quiet); }
button:hover { border-color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
label { display: block; font-size: .875rem; }
label input:not([type=checkbox]) {
  display: block; width: 100%; min-height: 44px; padding: .5rem .75rem; font-size: 1rem;
  background: var(--card); border: 1px solid var(--line);
}
.check { display: flex; align-items: center; gap: .5rem; min-height: 44px; }
.check input { width: 1.25rem; height: 1.25rem; margin: 0; }
.go { text-align: center; background: var(--accent); border-color: var(--accent); color: var(--card); font-weight: 600; }
`;
