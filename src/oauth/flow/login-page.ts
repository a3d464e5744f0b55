/**
 * @param next where the person wanted to go, vetted
 * @returns the address of the login page that leads there
 */
export function loginPage(next: string | null): string {
  return next === null ? '/login' : `/login?next=${encodeURIComponent(next)}`;
}
